#include "core/status.h"

namespace sluice {

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::ok:
      return "ok";
    case Code::retry:
      return "retry";
    case Code::reject:
      return "reject";
    case Code::lost:
      return "lost";
    case Code::fatal:
      return "fatal";
  }
  return "unknown";
}

Status Status::In(std::string_view context) const {
  if (ok()) return *this;
  return {code_, std::string(context) + ": " + message_};
}

}  // namespace sluice

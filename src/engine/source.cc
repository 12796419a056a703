#include "engine/source.h"

namespace sluice {

DecodeSpec DecodeSpecOf(const ComponentSpec& source) {
  return {.map = source.input.map,
          .set = source.input.set,
          .time_format = source.input.time_format,
          .time_zone = source.input.time_zone,
          .source = source.Title()};
}

}  // namespace sluice

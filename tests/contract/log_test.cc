#include "contract/log_contract.h"
#include "log/embedded/embedded_log.h"
#include "testing/temp_dir.h"

namespace sluice {
namespace {

class OnDisk : public LogMaker {
 public:
  Result<std::unique_ptr<Log>> Open(const Clock& clock) override {
    return OpenEmbeddedLog({.directory = directory_ / "log", .background = false, .clock = &clock});
  }

 private:
  TempDir directory_;
};

INSTANTIATE_TEST_SUITE_P(Embedded, LogContract, testing::Values([]() -> std::unique_ptr<LogMaker> {
                           return std::make_unique<OnDisk>();
                         }));

}  // namespace
}  // namespace sluice

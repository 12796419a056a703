// AppendWork: one Append on its way through the appender: what it writes, and what became of it. Value, moved
// from thread to thread; the writer fills in what the broker says.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "log/kafka/client.h"
#include "log/kafka/record.h"
#include "log/log.h"
#include "platform/mutex.h"

namespace sluice::kafka {

struct HeadersDeleter {
  void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
};
using RecordHeaders = std::unique_ptr<rd_kafka_headers_t, HeadersDeleter>;

// Where the entries of a stream go.
struct StreamTarget {
  StreamSpec spec;
  std::string topic;
  std::string dead_topic;
  std::string schema;  // SchemaName
  RecordWriter writer;
  int64_t max_record = 0;  // bytes that the topic takes
  explicit StreamTarget(const StreamSpec& stream) : spec(stream), writer(stream) {}
};

struct AppendWork {
  std::shared_ptr<const StreamTarget> target;
  Records records;
  std::optional<OriginStep> step;
  Log::Completion completion;
  int64_t bytes = 0;

  // `placed` holds offsets until the group is committed.
  AppendOutcome outcome{.kind = AppendOutcome::failed};
  bool written = false;  // part of the transaction under way
  Status refused;        // by the broker, for what this append is: its neighbours may go on without it
  size_t missing = 0;    // records that the broker has not said it holds
  int waits = 0;         // groups that failed with it

  // What a delivery report points to.
  struct Report {
    AppendWork* work = nullptr;
    bool dead = false;
  };
  Report row_report;
  Report dead_report;
};

using AppendWorks = std::vector<std::unique_ptr<AppendWork>>;

}  // namespace sluice::kafka

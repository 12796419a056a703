// Transactions: one session of a writer with the broker: records go out in transactions of which readers see
// all or nothing, and opening another session under the same name, from anywhere, fences this one (its open
// transaction is aborted, it commits none again). Without transactions (`transactions = false`) the same
// calls deliver each record for itself. Owned by the Writer; one thread at a time; calls block for seconds at
// most.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "log/kafka/client.h"

namespace sluice::kafka {

class Transactions {
 public:
  // What became of a transaction.
  enum class Outcome {
    committed,
    aborted,  // nothing of it will be seen; the session goes on
    unknown,  // the session is over; a new one finds out
  };
  // One message. `opaque` comes back in the delivery report.
  struct Record {
    std::string_view key;
    bool has_key = false;
    std::optional<std::string_view> value;
    const rd_kafka_headers_t* headers = nullptr;  // copied
    void* opaque = nullptr;
  };

  // Fences the session that was open under this name. An empty name: without transactions.
  static Result<std::unique_ptr<Transactions>> Open(const Settings& cluster, const std::string& name,
                                                    const std::string& compression, DeliveryReport report);
  // Fences whoever writes under this name, and decides their open transaction.
  static Status Fence(const Settings& cluster, const std::string& name);

  Status Begin();
  // Keys and values must live until the transaction has ended.
  Status Produce(const std::string& topic, int partition, const Record& record);
  // Ends the transaction; `why` of anything but committed. Without transactions each record has had its
  // delivery report when these return, also one that the broker never answered; the outcome says nothing.
  Outcome Commit(Status& why);
  Outcome Abort();
  // Nothing can be written by this session any more.
  bool Broken() const;

  rd_kafka_t* handle() const { return handle_.get(); }

 private:
  explicit Transactions(Producer handle, bool transactional)
      : handle_(std::move(handle)), transactional_(transactional) {}
  rd_kafka_topic_t* TopicFor(const std::string& name);
  void AwaitReports();

  const Producer handle_;
  const bool transactional_;
  std::map<std::string, Topic> topics_;
};

}  // namespace sluice::kafka

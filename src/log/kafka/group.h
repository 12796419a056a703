// Group: a job's share of a topic's partitions, dealt out by a Kafka consumer group of the job's own. It
// takes part in the group and reads nothing: positions live with the output (rule D2), and the offsets it
// commits are for lag tools. Membership is static: a process that comes back under its name within the
// session's time keeps its share. A share is given up at once when the group asks for it: what the job still
// commits is fenced by the sink, not by the group. Owned by the job; Now and Committed from its thread; a
// thread of its own keeps the membership alive.
#pragma once

#include <memory>
#include <string>

#include "log/assignment.h"
#include "log/kafka/client.h"

namespace sluice::kafka {

struct GroupOptions {
  Settings cluster;
  std::string group;
  std::string topic;
  std::string instance;  // its name in the group; of two, the younger stays
};

Result<std::unique_ptr<Assignment>> JoinGroup(const GroupOptions& options);

}  // namespace sluice::kafka

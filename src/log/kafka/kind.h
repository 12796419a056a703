// The log on Kafka as a kind: its options and how it is opened from them.
#pragma once

#include "log/kafka/kafka_log.h"
#include "log/kind.h"

namespace sluice {

LogKind KafkaLogKind();

}  // namespace sluice

#include "log/kafka/client.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "log/kafka/iam_login.h"
#include "log/kafka/trouble.h"
#include "telemetry/events.h"

namespace sluice::kafka {
namespace {

bool IsConnection(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
      return true;
    default:
      return false;
  }
}

// Text without "[thrd:NAME]: ", which means nothing outside librdkafka.
std::string_view WithoutThread(std::string_view text) {
  const size_t end = text.starts_with("[thrd:") ? text.find("]: ") : std::string_view::npos;
  return end == std::string_view::npos ? text : text.substr(end + 3);
}

// Called by librdkafka's threads, also for handles that nobody polls.
void OnLog(const rd_kafka_t* handle, int, const char* facility, const char* text) {
  Event(Level::debug, "kafka", text, {{"client", rd_kafka_name(handle)}, {"facility", facility}});
  if (std::string_view(facility) == "FAIL") LastTrouble().Heard(std::string(WithoutThread(text)));
}

// The same for handles that log in by token.
void OnLogByToken(const rd_kafka_t* handle, int level, const char* facility, const char* text) {
  OnLog(handle, level, facility, text);
  const std::string said(WithoutThread(text));
  if (said.find("SASL authentication error") != std::string::npos) LastTrouble().Refused(said);
}

// Called by the client's background thread when it needs a token, and again ten seconds after a failure.
void OnTokenWanted(rd_kafka_t* handle, const char* region, void*) {
  const Result<IamLogin> login = LogInByIam(region == nullptr ? "" : region);
  std::array<char, 512> words{};
  std::string why = login.ok() ? "" : login.status().message();
  if (login.ok()) {
    const auto renew_by = std::chrono::floor<std::chrono::milliseconds>(login->renew_by);
    const auto code = rd_kafka_oauthbearer_set_token(handle, login->token.Reveal().c_str(),
                                                     renew_by.time_since_epoch().count(), login->who.c_str(),
                                                     nullptr, 0, words.data(), words.size());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) why = words.data();
    LastTrouble().Showing(login->who);
  }
  if (why.empty()) return;
  LastTrouble().Heard(why);
  rd_kafka_oauthbearer_set_token_failure(handle, why.c_str());
}

// Connections come and go; whoever needs one says so. The callback keeps librdkafka from writing to stderr.
void OnError(rd_kafka_t*, int, const char* reason, void*) { Event(Level::debug, "kafka", reason); }

bool LogsInByToken(const Settings& cluster) {
  return std::find(cluster.begin(), cluster.end(), Settings::value_type("sasl.mechanism", kTokenMechanism)) !=
         cluster.end();
}

Result<rd_kafka_conf_t*> MakeConf(const Settings& cluster, const Settings& own, DeliveryReport report) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  std::array<char, 512> words{};
  for (const Settings* settings : {&cluster, &own}) {
    for (const auto& [name, value] : *settings) {
      if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), words.data(), words.size()) !=
          RD_KAFKA_CONF_OK) {
        rd_kafka_conf_destroy(conf);
        return Status::Reject(fmt::format("kafka setting {}: {}", name, words.data()));
      }
    }
  }
  rd_kafka_conf_set_log_cb(conf, OnLog);
  rd_kafka_conf_set_error_cb(conf, OnError);
  if (report != nullptr) rd_kafka_conf_set_dr_msg_cb(conf, report);
  if (LogsInByToken(cluster)) {
    rd_kafka_conf_set_log_cb(conf, OnLogByToken);
    rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf, OnTokenWanted);
    rd_kafka_conf_enable_sasl_queue(conf, 1);
  }
  return conf;
}

// Tokens are made in the background: clients are waited for in many ways, and not all of them are polled.
Status ServeTokens(rd_kafka_t* handle) {
  rd_kafka_error_t* const error = rd_kafka_sasl_background_callbacks_enable(handle);
  if (error == nullptr) return {};
  const Status why = Status::Retry(fmt::format("kafka client: {}", rd_kafka_error_string(error)));
  rd_kafka_error_destroy(error);
  return why;
}

Result<rd_kafka_t*> Make(rd_kafka_type_t type, const Settings& cluster, const Settings& own,
                         DeliveryReport report, int events = 0) {
  SLUICE_ASSIGN(rd_kafka_conf_t* const conf, MakeConf(cluster, own, report));
  if (events != 0) rd_kafka_conf_set_events(conf, events);
  std::array<char, 512> words{};
  rd_kafka_t* const handle = rd_kafka_new(type, conf, words.data(), words.size());
  if (handle == nullptr) {
    rd_kafka_conf_destroy(conf);
    return Status::Reject(fmt::format("kafka client: {}", words.data()));
  }
  const Status served = LogsInByToken(cluster) ? ServeTokens(handle) : Status();
  if (served.ok()) return handle;
  rd_kafka_destroy(handle);
  return served;
}

bool IsMissingGrant(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return true;
    default:
      return false;
  }
}

bool IsInvalid(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
      return true;
    default:
      return false;
  }
}

}  // namespace

void AbruptDeleter::operator()(rd_kafka_t* handle) const {
  rd_kafka_purge(handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

Result<Handle> MakeConsumer(const Settings& cluster, const Settings& own) {
  SLUICE_ASSIGN(rd_kafka_t* const handle, Make(RD_KAFKA_CONSUMER, cluster, own, nullptr));
  return Handle(handle);
}

Result<Silent> MakeGroupMember(const Settings& cluster, const Settings& own) {
  SLUICE_ASSIGN(rd_kafka_t* const handle,
                Make(RD_KAFKA_CONSUMER, cluster, own, nullptr, RD_KAFKA_EVENT_REBALANCE));
  return Silent(handle);
}

Result<Producer> MakeProducer(const Settings& cluster, const Settings& own, DeliveryReport report) {
  SLUICE_ASSIGN(rd_kafka_t* const handle, Make(RD_KAFKA_PRODUCER, cluster, own, report));
  return Producer(handle);
}

Status FromCode(rd_kafka_resp_err_t code, const std::string& doing) {
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  std::string message = fmt::format("{}: {}", doing, rd_kafka_err2str(code));
  if (const std::string why = IsConnection(code) ? LastTrouble().Lately() : ""; !why.empty()) {
    message += " (" + why + ")";
  }
  if (IsMissingGrant(code)) message += ". Which grants a user needs stands in docs/formats/kafka.md";
  return IsMissingGrant(code) || IsInvalid(code) ? Status::Reject(message) : Status::Retry(message);
}

Status Passing(const Status& status) {
  return status.code() == Code::reject ? Status::Retry(status.message()) : status;
}

}  // namespace sluice::kafka

// Errors that a real broker cannot be made to send, from librdkafka's own mock of a cluster.
#include "log/kafka/transactions.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka_mock.h>

namespace sluice::kafka {
namespace {

constexpr int16_t kProduce = 0;
constexpr int16_t kAddPartitions = 24;
constexpr int16_t kEndTransaction = 26;

class OnMockCluster : public testing::Test {
 protected:
  void SetUp() override {
    host_ = *MakeProducer({}, {});
    cluster_ = rd_kafka_mock_cluster_new(host_.get(), 1);
    rd_kafka_mock_topic_create(cluster_, "plant", 1, 1);
    settings_ = {{"bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster_)},
                 {"reconnect.backoff.ms", "10"},
                 {"retry.backoff.ms", "10"}};
    auto opened = Transactions::Open(settings_, "writer", "", nullptr);
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    session_ = *std::move(opened);
  }
  void TearDown() override {
    session_.reset();
    rd_kafka_mock_cluster_destroy(cluster_);
  }

  void BrokerAnswers(int16_t request, std::vector<rd_kafka_resp_err_t> errors) {
    rd_kafka_mock_push_request_errors_array(cluster_, request, errors.size(), errors.data());
  }
  Transactions::Outcome WriteOne() {
    EXPECT_TRUE(session_->Begin().ok());
    EXPECT_TRUE(session_->Produce("plant", 0, {.value = "{}"}).ok());
    return session_->Commit(why_);
  }

  Producer host_;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
  Settings settings_;
  std::unique_ptr<Transactions> session_;
  Status why_;
};

TEST_F(OnMockCluster, AMovedLeaderIsFollowed) {
  BrokerAnswers(kProduce,
                {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS});
  EXPECT_EQ(WriteOne(), Transactions::Outcome::committed) << why_.message();
}

TEST_F(OnMockCluster, ACoordinatorThatMovesIsFollowed) {
  BrokerAnswers(kEndTransaction,
                {RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE});
  EXPECT_EQ(WriteOne(), Transactions::Outcome::committed) << why_.message();
}

TEST_F(OnMockCluster, APartitionThatMayNotBeWrittenAbortsAndTheSessionGoesOn) {
  BrokerAnswers(kAddPartitions, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
  EXPECT_EQ(WriteOne(), Transactions::Outcome::aborted);
  EXPECT_FALSE(why_.ok());
  EXPECT_EQ(WriteOne(), Transactions::Outcome::committed) << why_.message();
}

TEST_F(OnMockCluster, AFencedSessionNeverSaysThatItCommitted) {
  BrokerAnswers(kEndTransaction, {RD_KAFKA_RESP_ERR_PRODUCER_FENCED});
  EXPECT_EQ(WriteOne(), Transactions::Outcome::unknown);
  EXPECT_FALSE(session_->Begin().ok());
}

TEST_F(OnMockCluster, AnEpochThatIsNoLongerValidNeverCommits) {
  BrokerAnswers(kEndTransaction, {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH});
  EXPECT_NE(WriteOne(), Transactions::Outcome::committed);
}

TEST_F(OnMockCluster, ARecordThatIsTooLargeForTheBrokerAborts) {
  BrokerAnswers(kProduce, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
  EXPECT_EQ(WriteOne(), Transactions::Outcome::aborted);
}

}  // namespace
}  // namespace sluice::kafka

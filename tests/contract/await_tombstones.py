"""Ends well once the last record of each key in a topic is a tombstone; after 30 s it gives up."""
import sys
import time

from confluent_kafka import Consumer, TopicPartition


def main(bootstrap, topic, *keys):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "looking", "enable.auto.commit": False})
    partitions = consumer.list_topics(topic, 10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    live = dict.fromkeys(keys, True)
    deadline = time.monotonic() + 30
    while any(live.values()) and time.monotonic() < deadline:
        message = consumer.poll(0.5)
        if message is not None and message.error() is None and message.key().decode() in live:
            live[message.key().decode()] = message.value() is not None
    consumer.close()
    return any(live.values())


sys.exit(main(*sys.argv[1:]))

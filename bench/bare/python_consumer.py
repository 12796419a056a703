#!/usr/bin/env python3
"""The comparators of P14 that people write: a Kafka consumer in Python that puts COUNT records of a topic into a table.

    python_consumer.py insert|values|batch|copy BROKERS TOPIC COUNT TABLE      where PostgreSQL is, PG… variables say

insert: a statement and a commit a record. values: one INSERT of 1,000 rows a commit, by psycopg2's execute_values.
batch: the same statement with parameters, by psycopg 3. copy: COPY of 10,000 rows a commit.
"""
import itertools
import json
import sys

import psycopg
import psycopg2
import psycopg2.extras
from confluent_kafka import Consumer, TopicPartition

COLUMNS = ("sensor_id", "timestamp", "temperature", "humidity")
ROWS = {"insert": 1, "values": 1_000, "batch": 1_000, "copy": 10_000}


def consumer_of(brokers, topic):
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "python", "enable.auto.commit": False})
    partitions = consumer.list_topics(topic, 10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    return consumer


def rows_of(consumer, count):
    """`count` rows, as the records come."""
    while count > 0:
        for record in consumer.consume(min(count, 1_000), 1):
            if record.error():
                raise RuntimeError(record.error())
            reading = json.loads(record.value())
            count -= 1
            yield tuple(reading[name] for name in COLUMNS)


def insert(cursor, table, rows):
    one = "(" + ", ".join(["%s"] * len(COLUMNS)) + ")"
    cursor.execute(f"INSERT INTO {table} ({', '.join(COLUMNS)}) VALUES {', '.join([one] * len(rows))}",
                   [value for row in rows for value in row])


def values(cursor, table, rows):
    psycopg2.extras.execute_values(cursor, f"INSERT INTO {table} ({', '.join(COLUMNS)}) VALUES %s", rows)


def copy(cursor, table, rows):
    with cursor.copy(f"COPY {table} ({', '.join(COLUMNS)}) FROM STDIN") as writing:
        for row in rows:
            writing.write_row(row)


def main(how, brokers, topic, count, table):
    rows = rows_of(consumer_of(brokers, topic), int(count))
    write = {"insert": insert, "values": values, "batch": insert, "copy": copy}[how]
    connect = psycopg2.connect if how == "values" else psycopg.connect
    with connect("") as connection, connection.cursor() as cursor:
        while block := list(itertools.islice(rows, ROWS[how])):
            write(cursor, table, block)
            connection.commit()


if __name__ == "__main__":
    if len(sys.argv) != 6 or sys.argv[1] not in ROWS:
        sys.exit(__doc__)
    main(*sys.argv[1:])

// The readings that both sides of a comparison are given: as text and as plain values. Pure functions that
// include nothing of ours, so that the bare programs use the same.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace bench {

constexpr int kSensors = 50;
constexpr int64_t kStartMicros = 1'760'000'000'000'000;

// One NDJSON line of the stream `readings`: four fields, some 105 bytes.
inline std::string ReadingLine(int64_t i) {
  char line[256];
  const int length = std::snprintf(
      line, sizeof line,
      R"({"sensor_id":"sensor-%02d","timestamp":"2025-10-15T12:%02d:%02d.%03dZ","temperature":%.2f,"humidity":%.1f})"
      "\n",
      int(i % kSensors), int(i / 60000 % 60), int(i / 1000 % 60), int(i % 1000), 20 + double(i % 100) * 0.01,
      50 + double(i % 70) * 0.1);
  return {line, static_cast<size_t>(length)};
}

inline std::string ReadingLines(int64_t first, int64_t count) {
  std::string text;
  for (int64_t i = first; i < first + count; ++i) text += ReadingLine(i);
  return text;
}

// One NDJSON line of the stream `sensors`: seven fields, some 162 bytes.
inline std::string SensorLine(int64_t i) {
  char line[320];
  const int length = std::snprintf(
      line, sizeof line,
      R"({"sensor_id":"sensor-%04d","timestamp":"2025-10-15T12:%02d:%02d.%06dZ","temperature":%.2f,)"
      R"("humidity":%.2f,"pressure":%.2f,"battery":%d,"status":"operational"})"
      "\n",
      int(i % kSensors), int(i / 60 % 60), int(i % 60), int(i * 37 % 1000000), 15 + double(i % 100) * 0.13,
      40 + double(i % 200) * 0.07, 990 + double(i % 300) * 0.11, int(10 + i % 90));
  return {line, static_cast<size_t>(length)};
}

inline std::string SensorLines(int64_t count) {
  std::string text;
  for (int64_t i = 0; i < count; ++i) text += SensorLine(i);
  return text;
}

// A reading of `readings` as a program holds it.
struct Values {
  std::string sensor;
  int64_t micros = 0;
  double temperature = 0;
  double humidity = 0;
};

inline Values ValuesAt(int64_t i) {
  return {"sensor-" + std::to_string(i % kSensors), kStartMicros + i * 1000, double(i % 977) * 0.1,
          double(i % 463) * 0.3};
}

}  // namespace bench

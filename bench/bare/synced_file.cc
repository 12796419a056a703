// The comparator of P8 and P9: write and fdatasync at the end of a file, nothing else.
//   synced_file append FILE TOTAL GROUP READINGS   TOTAL bytes, synced every GROUP bytes
//   synced_file ack FILE COUNT BYTES               how long each of COUNT synced writes takes
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "../measure.h"

namespace {

constexpr const char* kUsage = "synced_file append FILE TOTAL GROUP READINGS | ack FILE COUNT BYTES";

// Bytes that compress as little as the log's own.
std::string Noise(size_t size) {
  std::string bytes(size, 0);
  uint64_t state = 88172645463325252;
  for (char& byte : bytes) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    byte = static_cast<char>(state);
  }
  return bytes;
}

void AppendAndSync(int fd, const char* bytes, size_t size) {
  if (::write(fd, bytes, size) != static_cast<ssize_t>(size) || ::fdatasync(fd) != 0) {
    bench::Fail(std::string("the file fails: ") + std::strerror(errno));
  }
}

void Append(int fd, long long total, long long group, double readings) {
  const std::string bytes = Noise(static_cast<size_t>(group));
  const bench::Stopwatch watch;
  for (long long done = 0; done < total; done += group) {
    AppendAndSync(fd, bytes.data(), static_cast<size_t>(std::min(group, total - done)));
  }
  bench::PrintRun(watch, readings, {{"mb_per_second", double(total) / watch.Seconds() / 1e6}});
}

void Acknowledge(int fd, long long count, long long size) {
  const std::string bytes = Noise(static_cast<size_t>(size));
  std::vector<double> all;
  const bench::Stopwatch watch;
  for (long long i = 0; i < count; ++i) {
    const double before = watch.Seconds();
    AppendAndSync(fd, bytes.data(), bytes.size());
    all.push_back((watch.Seconds() - before) * 1e3);
  }
  bench::PrintRun(watch, double(count),
                  {{"p50_ms", bench::Quantile(all, 0.5)}, {"p99_ms", bench::Quantile(all, 0.99)}});
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = bench::Argument(argc, argv, 1, kUsage);
  const std::string path = bench::Argument(argc, argv, 2, kUsage);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) bench::Fail(path + ": " + std::strerror(errno));
  const long long first = bench::Number(argc, argv, 3, kUsage);
  const long long second = bench::Number(argc, argv, 4, kUsage);
  if (what == "append")
    Append(fd, first, second, double(bench::Number(argc, argv, 5, kUsage)));
  else
    Acknowledge(fd, first, second);
  ::close(fd);
}

// What every program in bench/ measures with, ours and the bare ones alike; includes nothing of ours. A
// program measures one side once and ends with one line of JSON on stdout; ./dev bench runs the sides in
// turns and compares. One thread. A failure ends the program with code 3.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace bench {

[[noreturn]] inline void Fail(const std::string& why) {
  std::fprintf(stderr, "bench: %s\n", why.c_str());
  std::exit(3);
}

// Of the whole process, user and system.
inline double CpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return double(time.tv_sec) + double(time.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Wall and CPU time since it was made. Making one also forgets the memory's peak so far, so that making the
// input does not count.
class Stopwatch {
 public:
  Stopwatch() {
    const int peak = ::open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (peak >= 0 && ::write(peak, "5", 1) != 1) std::fprintf(stderr, "bench: peak includes the input\n");
    if (peak >= 0) ::close(peak);
  }
  double Seconds() const { return std::chrono::duration<double>(Time::now() - start_).count(); }
  double Cpu() const { return CpuSeconds() - cpu_; }

 private:
  using Time = std::chrono::steady_clock;
  const Time::time_point start_ = Time::now();
  const double cpu_ = CpuSeconds();
};

// VmHWM: what the process held at most since the Stopwatch was made, the input included.
inline double PeakMiB() {
  double kib = 0;
  char line[256];
  std::FILE* status = std::fopen("/proc/self/status", "r");
  if (status == nullptr) return 0;
  while (std::fgets(line, sizeof line, status) != nullptr) std::sscanf(line, "VmHWM: %lf", &kib);
  std::fclose(status);
  return kib / 1024;
}

inline double Quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<size_t>(share * double(values.size())))];
}

inline void Print(const std::vector<std::pair<std::string, double>>& figures) {
  const char* before = "{";
  for (const auto& [name, value] : figures) {
    std::printf("%s\"%s\": %.9g", before, name.c_str(), value);
    before = ", ";
  }
  std::printf("}\n");
}

// The figures of a run that carried `readings`; `more` is appended.
inline void PrintRun(const Stopwatch& watch, double readings,
                     const std::vector<std::pair<std::string, double>>& more = {}) {
  const double seconds = watch.Seconds();
  std::vector<std::pair<std::string, double>> figures = {{"readings", readings},
                                                         {"seconds", seconds},
                                                         {"cpu_seconds", watch.Cpu()},
                                                         {"peak_mib", PeakMiB()},
                                                         {"per_second", readings / seconds}};
  figures.insert(figures.end(), more.begin(), more.end());
  Print(figures);
}

// The argument at `index`, or how the program is used.
inline std::string Argument(int argc, char** argv, int index, const char* usage) {
  if (index >= argc) Fail(std::string("usage: ") + usage);
  return argv[index];
}

inline long long Number(int argc, char** argv, int index, const char* usage) {
  return std::atoll(Argument(argc, argv, index, usage).c_str());
}

}  // namespace bench

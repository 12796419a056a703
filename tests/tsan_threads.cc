// librdkafka comes built, and begins its threads by C11's calls, which the thread sanitizer of g++ does not know:
// a thread that it has not heard of crashes in it. Here they are POSIX's, which it knows. Linked into the test
// programs of the thread sanitizer alone; glibc's thrd_t is a pthread_t.
#include <cstdint>
#include <memory>

#include <pthread.h>
#include <threads.h>

namespace {

struct Begin {
  thrd_start_t run;
  void* with;
};

void* Run(void* taken) {
  const std::unique_ptr<Begin> begin(static_cast<Begin*>(taken));
  return reinterpret_cast<void*>(static_cast<intptr_t>(begin->run(begin->with)));
}

}  // namespace

extern "C" int thrd_create(thrd_t* thread, thrd_start_t run, void* with) {
  auto begin = std::make_unique<Begin>(Begin{run, with});
  if (pthread_create(thread, nullptr, &Run, begin.get()) != 0) return thrd_error;
  (void)begin.release();
  return thrd_success;
}

extern "C" int thrd_join(thrd_t thread, int* result) {
  void* ended = nullptr;
  if (pthread_join(thread, &ended) != 0) return thrd_error;
  if (result != nullptr) *result = static_cast<int>(reinterpret_cast<intptr_t>(ended));
  return thrd_success;
}

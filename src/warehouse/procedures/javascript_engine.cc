#include "warehouse/procedures/javascript_engine.h"

#include <malloc.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>

#include "js/Context.h"
#include "js/ContextOptions.h"
#include "js/GCAPI.h"
#include "js/GlobalObject.h"
#include "js/Initialization.h"
#include "js/Interrupt.h"
#include "js/MemoryMetrics.h"
#include "js/Principals.h"
#include "js/Stack.h"
#include "jsapi.h"

namespace freshet::warehouse {
namespace {

constexpr size_t k_native_stack_bytes_max = 512 << 10; // of a thread's 8 MiB, which nested calls share

/// Bytes from the top of this thread's stack, where SpiderMonkey begins to count, to here: its thread-local variables and
/// callers.
size_t stack_used() {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  void* lowest = nullptr;
  size_t size = 0;
  pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  return static_cast<size_t>(static_cast<char*>(lowest) + size - static_cast<char*>(__builtin_frame_address(0)));
}

bool no_code_from_text(JSContext*, JS::RuntimeCode, JS::HandleString) {
  return false;
}
const JSSecurityCallbacks k_security_callbacks = {no_code_from_text, nullptr};

std::atomic<int> contexts_alive = 0;

/// SpiderMonkey from the first use to the end of the process: its own threads must be gone before its statics are destroyed.
struct Library {
  bool started = JS_Init();
  ~Library() {
    if (started && contexts_alive == 0) JS_ShutDown();
  }
};

bool start_library() {
  static const Library library;
  return library.started;
}

size_t resident_bytes() {
  std::unique_ptr<FILE, int (*)(FILE*)> file(fopen("/proc/self/statm", "re"), fclose);
  unsigned long total = 0, resident = 0;
  if (!file || fscanf(file.get(), "%lu %lu", &total, &resident) != 2) return 0;
  return resident * size_t(sysconf(_SC_PAGESIZE));
}

size_t allocated_size(const void* pointer) {
  return malloc_usable_size(const_cast<void*>(pointer));
}

/// SpiderMonkey's heap limit counts its cells but not the characters and elements that they point to; this counts both, of the
/// script that is running now.
size_t heap_size(JSContext* context) {
  JS::RootedObject global(context, JS::CurrentGlobalOrNull(context));
  JS::TabSizes sizes;
  if (!global || !JS::AddSizeOfTab(context, global, allocated_size, nullptr, &sizes)) return 0;
  return sizes.objects_ + sizes.strings_ + sizes.private_ + sizes.other_;
}

} // namespace

JavaScriptWatchdog::JavaScriptWatchdog() : thread_([this] { run(); }) {}

JavaScriptWatchdog::~JavaScriptWatchdog() {
  {
    std::lock_guard guard(mutex_);
    stopping_ = true;
  }
  condition_.notify_all();
  thread_.join();
}

void JavaScriptWatchdog::add(JSContext* context) {
  std::lock_guard guard(mutex_);
  running_.push_back(context);
  if (running_.size() == 1) condition_.notify_all();
}

void JavaScriptWatchdog::remove(JSContext* context) {
  std::lock_guard guard(mutex_);
  std::erase(running_, context);
}

void JavaScriptWatchdog::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (running_.empty()) {
      condition_.wait(lock);
    } else {
      condition_.wait_for(lock, std::chrono::milliseconds(10));
      for (auto* context : running_) JS_RequestInterruptCallback(context);
    }
  }
}

JavaScriptEngine* JavaScriptEngine::of_this_thread(size_t heap_bytes_max) {
  static thread_local std::unique_ptr<JavaScriptEngine> engine;
  if (engine) return engine.get();
  if (!start_library()) return nullptr;
  JSContext* context = JS_NewContext(uint32_t(heap_bytes_max));
  if (context == nullptr) return nullptr;
  ++contexts_alive;
  engine.reset(new JavaScriptEngine(context));
  JS_SetContextPrivate(context, engine.get());
  JS_SetNativeStackQuota(context, stack_used() + k_native_stack_bytes_max);
  JS_SetSecurityCallbacks(context, &k_security_callbacks);
  JS::ContextOptionsRef(context).setWasm(false).setAsmJS(false);
  JS_AddInterruptCallback(context, on_interrupt);
  if (!JS::InitSelfHostedCode(context)) engine.reset();
  return engine.get();
}

JavaScriptEngine::~JavaScriptEngine() {
  JS_DestroyContext(context_);
  --contexts_alive;
}

unsigned JavaScriptEngine::depth() const {
  unsigned depth = 0;
  for (const auto* call = running_; call != nullptr; call = call->outer_) ++depth;
  return depth;
}

bool JavaScriptEngine::on_interrupt(JSContext* context) {
  auto* engine = static_cast<JavaScriptEngine*>(JS_GetContextPrivate(context));
  return engine->running_ == nullptr || engine->running_->may_go_on();
}

JavaScriptEngine::Running::Running(JavaScriptEngine& engine, JavaScriptWatchdog& watchdog, const Clock& clock,
                                   TimePoint deadline, size_t heap_bytes_max, ScriptHost& host)
    : engine_(engine),
      watchdog_(watchdog),
      clock_(clock),
      deadline_(deadline),
      heap_bytes_max_(heap_bytes_max),
      measure_at_resident_bytes_(resident_bytes() + heap_bytes_max / 2),
      host_(host),
      outer_(engine.running_) {
  engine_.running_ = this;
  if (outer_ == nullptr) watchdog_.add(engine_.context_);
  // A nested call starts deeper in the same native stack; each call has its own share.
  JS_SetNativeStackQuota(engine_.context_, stack_used() + k_native_stack_bytes_max);
}

JavaScriptEngine::Running::~Running() {
  engine_.running_ = outer_;
  if (outer_ != nullptr) return;
  watchdog_.remove(engine_.context_);
  JS_MaybeGC(engine_.context_);
}

bool JavaScriptEngine::Running::may_go_on() {
  for (auto* call = this; call != nullptr; call = call->outer_) {
    if (auto error = call->host_.interrupted()) {
      stopped_ = std::move(error);
    } else if (call->clock_.now() >= call->deadline_) {
      stopped_ = ScriptError{100183, "P0000", "The procedure ran longer than it may and was stopped"};
    }
  }
  if (!stopped_ && uses_too_much_memory()) {
    stopped_ =
        ScriptError{100183, "P0000",
                    "JavaScript out of memory error: the procedure used more than " + std::to_string(heap_bytes_max_ >> 20) +
                        " MiB; keep fewer rows in variables, or leave the work to SQL"};
  }
  return !stopped_;
}

/// The process growing is the cheap sign; only then is this context's own heap measured, which walks all of it.
bool JavaScriptEngine::Running::uses_too_much_memory() {
  const size_t resident = resident_bytes();
  if (resident < measure_at_resident_bytes_) return false;
  measure_at_resident_bytes_ = resident + heap_bytes_max_ / 8;
  return heap_size(engine_.context_) > heap_bytes_max_;
}

} // namespace freshet::warehouse

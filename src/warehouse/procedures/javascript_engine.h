#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "warehouse/procedures/script_host.h"

struct JSContext;

namespace freshet::warehouse {

/// Interrupts every running script each 10 ms, so that the script's own thread can look at its limits. The thread sleeps while
/// nothing runs.
class JavaScriptWatchdog {
 public:
  JavaScriptWatchdog();
  ~JavaScriptWatchdog();
  JavaScriptWatchdog(const JavaScriptWatchdog&) = delete;
  JavaScriptWatchdog& operator=(const JavaScriptWatchdog&) = delete;

  void add(JSContext* context);
  void remove(JSContext* context);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable condition_;
  std::vector<JSContext*> running_;
  bool stopping_ = false;
  std::thread thread_;
};

/// One thread's SpiderMonkey context, kept between calls because making one costs milliseconds.
class JavaScriptEngine {
 public:
  class Running;

  /// This thread's engine, made at the first use; null when there is no memory for it.
  static JavaScriptEngine* of_this_thread(size_t heap_bytes_max);

  ~JavaScriptEngine();
  JavaScriptEngine(const JavaScriptEngine&) = delete;
  JavaScriptEngine& operator=(const JavaScriptEngine&) = delete;

  JSContext* context() const { return context_; }
  unsigned depth() const;

 private:
  explicit JavaScriptEngine(JSContext* context) : context_(context) {}
  static bool on_interrupt(JSContext* context);

  JSContext* context_;
  Running* running_ = nullptr; // the innermost call
};

/// One call in progress: while it lives, the watchdog interrupts the context and the limits are enforced. Calls nest.
class JavaScriptEngine::Running {
 public:
  Running(JavaScriptEngine& engine, JavaScriptWatchdog& watchdog, const Clock& clock, TimePoint deadline, size_t heap_bytes_max,
          ScriptHost& host);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  /// Why the script was ended from outside, if it was.
  const std::optional<ScriptError>& stopped() const { return stopped_; }

 private:
  friend class JavaScriptEngine;
  bool may_go_on();
  bool uses_too_much_memory();

  JavaScriptEngine& engine_;
  JavaScriptWatchdog& watchdog_;
  const Clock& clock_;
  TimePoint deadline_;
  size_t heap_bytes_max_;
  size_t measure_at_resident_bytes_;
  ScriptHost& host_;
  Running* outer_;
  std::optional<ScriptError> stopped_;
};

} // namespace freshet::warehouse

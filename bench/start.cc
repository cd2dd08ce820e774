#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>

#include "bench/figure.h"

extern char** environ;

namespace freshet::bench {
namespace {

constexpr int k_rounds = 7;
constexpr double k_start_goal_milliseconds = 500;
constexpr double k_memory_goal_mebibytes = 150;

/// `freshet serve` as its own process, from its start to its `ready` line.
class ServerProcess {
 public:
  ServerProcess(const Path& program, const Path& configuration) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    std::string arguments[] = {program.string(), "serve", "--config", configuration.string()};
    char* argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(), arguments[3].data(), nullptr};
    if (::posix_spawn(&process_, program.c_str(), &actions, nullptr, argv, environ) != 0) throw std::runtime_error("cannot start freshet");
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    wait_for_ready(ends[0]);
    ::close(ends[0]);
  }
  ~ServerProcess() {
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  /// VmRSS, in MiB.
  double resident_mebibytes() const {
    std::ifstream status(fmt::format("/proc/{}/status", process_));
    std::string line;
    while (std::getline(status, line)) {
      if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
    }
    throw std::runtime_error("the server is gone");
  }

 private:
  void wait_for_ready(int output) {
    std::string text;
    char buffer[512];
    while (text.find("ready") == std::string::npos) {
      const ssize_t got = ::read(output, buffer, sizeof buffer);
      if (got <= 0) throw std::runtime_error("freshet serve ended before it was ready");
      text.append(buffer, static_cast<size_t>(got));
    }
  }

  pid_t process_ = 0;
};

}  // namespace

std::vector<Figure> run_start(const Surroundings& surroundings) {
  const Path configuration = surroundings.work / "freshet.yaml";
  std::ofstream(configuration) << "data: data\nport: 0\ns3_port: 0\nbuckets: [bench]\n";
  { ServerProcess first(surroundings.freshet, configuration); }
  std::vector<double> starts;
  std::vector<double> memory;
  for (int round = 0; round < k_rounds; ++round) {
    std::unique_ptr<ServerProcess> server;
    starts.push_back(1000 * seconds_of([&] { server = std::make_unique<ServerProcess>(surroundings.freshet, configuration); }));
    std::this_thread::sleep_for(std::chrono::seconds(2)); // idle
    memory.push_back(server->resident_mebibytes());
  }
  const double start = median(starts);
  const double idle = median(memory);
  return {{"start", "ms", start, {}, {}, "at most 500 ms", start <= k_start_goal_milliseconds},
          {"idle_memory", "MiB", idle, {}, {}, "at most 150 MiB", idle <= k_memory_goal_mebibytes}};
}

}  // namespace freshet::bench

// s3_server FOLDER: the S3 service over a local store with one queue, "events", until standard input ends.
// Prints "ready URL QUEUE_ARN" on standard output; answers each input line with the messages waiting in the queue.

#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "http/server.h"
#include "objects/local_store.h"
#include "objects/s3_service.h"
#include "queue/local_queue.h"

int main(int argc, char** argv) {
  using namespace freshet;
  if (argc != 2) return 2;
  const Path folder = argv[1];
  RealFileSystem files;
  SystemClock clock;
  auto queues = queue::LocalQueues::open(folder / "queues", clock).value();
  queue::EventQueue* events = queues->create("events").value();

  objects::LocalStoreOptions options;
  options.folder = folder / "objects";
  options.deliver = [&](const std::string& arn, const std::vector<std::string>& bodies) -> Result<void> {
    auto* target = queues->find_by_arn(arn);
    if (target == nullptr) return fail(ErrorKind::not_found, "there is no queue " + arn);
    return target->send(bodies);
  };
  options.queue_exists = [&](const std::string& arn) { return queues->find_by_arn(arn) != nullptr; };
  auto store = objects::LocalStore::open(options, files, clock).value();
  store->start();

  const objects::S3ServiceOptions service_options{{{"AKIATEST", "secret/key+1"}}, "us-east-1", store->staging_folder()};
  http::ServerOptions server_options;
  server_options.name = "s3";
  server_options.spool_directory = store->staging_folder();
  auto server = http::Server::start(server_options, files, objects::S3Service(*store, files, clock, service_options)).value();
  fmt::print("ready {} {}\n", server->url(), events->arn());
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    const auto messages = events->receive(10, std::chrono::minutes(1)).value();
    for (const auto& message : messages) fmt::print("{}\n", message.body);
    fmt::print("end\n");
    std::fflush(stdout);
  }
  server->stop();
  return 0;
}

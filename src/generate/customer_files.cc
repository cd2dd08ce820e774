#include "generate/customer_files.h"

#include <fmt/format.h>

namespace freshet::generate {

CustomerFiles::CustomerFiles(CustomerFilesOptions options, FileSystem& files, Clock& clock)
    : options_(std::move(options)), file_system_(files), clock_(clock), batches_(options_.customers), due_(clock.now()) {}

std::optional<TimePoint> CustomerFiles::due() const {
  if (options_.files != 0 && written_ >= options_.files) return std::nullopt;
  return due_;
}

Result<GeneratedFile> CustomerFiles::write_next() {
  TRY(options_.customers.check());
  TRY(file_system_.create_directories(options_.directory));
  due_ = std::max(due_ + options_.every, clock_.now()); // a late file delays the next, it does not make two come at once
  const auto stamp = next_stamp();
  const auto partial = options_.directory / fmt::format(".customer_{}.csv.partial", stamp);
  auto file = write(partial, options_.directory / fmt::format("customer_{}.csv", stamp));
  if (!file) {
    (void)file_system_.remove(partial); // the error that matters is the first
    return file;
  }
  ++written_;
  return file;
}

Result<GeneratedFile> CustomerFiles::write(const Path& partial, const Path& final_path) {
  GeneratedFile result{.path = final_path, .counts = {}};
  auto file = TRY(file_system_.create(partial, FileSystem::Readers::by_umask));
  result.counts = TRY(batches_.next([&](std::string_view bytes) {
    result.bytes += bytes.size();
    return file->append(bytes);
  }));
  file.reset();
  TRY(file_system_.rename(partial, final_path));
  return result;
}

std::string CustomerFiles::next_stamp() {
  last_stamp_ = std::max(clock_.now(), last_stamp_ + std::chrono::microseconds(1));
  const auto day = std::chrono::floor<std::chrono::days>(last_stamp_);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(last_stamp_ - day);
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}{:06}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

} // namespace freshet::generate

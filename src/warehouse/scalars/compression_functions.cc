// COMPRESS and DECOMPRESS_…: SNAPPY, ZLIB, ZSTD, BZ2.
#include <bzlib.h>
#include <fmt/format.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <charconv>

#include "warehouse/scalars/scalars.h"

namespace freshet::warehouse {
namespace {

using engine::Chunk;
using engine::ResultVector;
using engine::Type;
using engine::TypeId;

using Packed = std::expected<std::string, std::string>;

constexpr size_t k_unpacked_bytes_max = size_t{128} << 20; // a few bytes may claim to be gigabytes

struct Method {
  std::string name;
  int level = 0; // 0: the default
};

/// 'zlib', 'ZSTD(3)'
std::expected<Method, std::string> method_of(std::string_view written) {
  Method method;
  const auto bracket = written.find('(');
  method.name = written.substr(0, bracket);
  std::ranges::transform(method.name, method.name.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  bool is_valid = method.name == "SNAPPY" || method.name == "ZLIB" || method.name == "ZSTD" || method.name == "BZ2";
  if (bracket != std::string_view::npos) {
    const auto* first = written.data() + bracket + 1;
    const auto [end, problem] = std::from_chars(first, written.data() + written.size(), method.level);
    is_valid &= problem == std::errc() && end + 1 == written.data() + written.size() && *end == ')' && method.level >= 0;
  }
  if (!is_valid)
    return std::unexpected(fmt::format(
        "Invalid compression method '{}': SNAPPY, ZLIB, ZSTD or BZ2 is expected, with a level in brackets or without one",
        written));
  return method;
}

Packed packed(std::string_view bytes, const Method& method) {
  std::string out;
  if (method.name == "SNAPPY") {
    snappy::Compress(bytes.data(), bytes.size(), &out);
  } else if (method.name == "ZLIB") {
    auto length = compressBound(bytes.size());
    out.resize(length);
    const int level = method.level == 0 ? Z_DEFAULT_COMPRESSION : std::min(method.level, Z_BEST_COMPRESSION);
    if (compress2(reinterpret_cast<Bytef*>(out.data()), &length, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(),
                  level) != Z_OK)
      return std::unexpected("Compression failed");
    out.resize(length);
  } else if (method.name == "ZSTD") {
    out.resize(ZSTD_compressBound(bytes.size()));
    const int level = method.level == 0 ? ZSTD_CLEVEL_DEFAULT : std::min(method.level, ZSTD_maxCLevel());
    const auto length = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), level);
    if (ZSTD_isError(length) != 0) return std::unexpected("Compression failed");
    out.resize(length);
  } else {
    auto length = static_cast<unsigned>(bytes.size() + bytes.size() / 100 + 600);
    out.resize(length);
    const int level = method.level == 0 ? 9 : std::min(method.level, 9);
    if (BZ2_bzBuffToBuffCompress(out.data(), &length, const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()),
                                 level, 0, 0) != BZ_OK)
      return std::unexpected("Compression failed");
    out.resize(length);
  }
  return out;
}

/// `attempt(buffer, length)` fills a buffer and says how: buffers grow until one is long enough.
enum class Fill { done, too_short, damaged };
template <typename Attempt>
Packed grown(size_t first_guess, Attempt attempt) {
  for (size_t size = std::max<size_t>(first_guess, 4096); size <= k_unpacked_bytes_max * 4; size *= 4) {
    std::string out(std::min(size, k_unpacked_bytes_max), '\0');
    size_t length = out.size();
    const auto fill = attempt(out.data(), length);
    if (fill == Fill::damaged) break;
    if (fill == Fill::too_short && out.size() == k_unpacked_bytes_max) break;
    if (fill == Fill::too_short) continue;
    out.resize(length);
    return out;
  }
  return std::unexpected("Decompression failed: the value was not compressed by this method, or is too long");
}

Packed unpacked(std::string_view bytes, const Method& method) {
  if (method.name == "SNAPPY") {
    size_t length = 0;
    std::string out;
    const bool fits = snappy::GetUncompressedLength(bytes.data(), bytes.size(), &length) && length <= k_unpacked_bytes_max;
    if (fits && snappy::Uncompress(bytes.data(), bytes.size(), &out)) return out;
    return std::unexpected("Decompression failed: the value was not compressed by this method, or is too long");
  }
  return grown(bytes.size() * 4, [&](char* out, size_t& length) {
    if (method.name == "ZLIB") {
      uLongf filled = length;
      const int state =
          uncompress(reinterpret_cast<Bytef*>(out), &filled, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
      length = filled;
      return state == Z_OK ? Fill::done : state == Z_BUF_ERROR ? Fill::too_short : Fill::damaged;
    }
    if (method.name == "ZSTD") {
      const auto said = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
      if (said == ZSTD_CONTENTSIZE_ERROR || (said != ZSTD_CONTENTSIZE_UNKNOWN && said > k_unpacked_bytes_max))
        return Fill::damaged;
      if (said != ZSTD_CONTENTSIZE_UNKNOWN && said > length) return Fill::too_short;
      const auto filled = ZSTD_decompress(out, length, bytes.data(), bytes.size());
      if (ZSTD_isError(filled) != 0) return said == ZSTD_CONTENTSIZE_UNKNOWN ? Fill::too_short : Fill::damaged;
      length = filled;
      return Fill::done;
    }
    auto filled = static_cast<unsigned>(length);
    const int state =
        BZ2_bzBuffToBuffDecompress(out, &filled, const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()), 0, 0);
    length = filled;
    return state == BZ_OK ? Fill::done : state == BZ_OUTBUFF_FULL ? Fill::too_short : Fill::damaged;
  });
}

using Change = Packed (*)(std::string_view bytes, const Method& method);

std::expected<void, std::string> change(const Chunk& arguments, ResultVector& result, Change by) {
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (arguments[0].is_null(row) || arguments[1].is_null(row)) continue;
    const auto method = method_of(arguments[1].text(row));
    if (!method) return std::unexpected(method.error());
    const auto out = by(arguments[0].text(row), *method);
    if (!out) return std::unexpected(out.error());
    result.set_text(row, *out);
  }
  return {};
}

} // namespace

engine::Result<void> register_compression_functions(engine::Database& database) {
  const Type text{TypeId::varchar}, blob{TypeId::blob};
  std::vector<engine::ScalarFunction> overloads;
  for (const auto& from : {text, blob})
    overloads.push_back(
        {"freshet_compress", {from, text}, {}, blob, false, false, [](const Chunk& arguments, ResultVector& result) {
           return change(arguments, result, packed);
         }});
  TRY(database.register_functions(std::move(overloads)));
  return database.register_functions(
      {{"freshet_decompress", {blob, text}, {}, blob, false, false, [](const Chunk& arguments, ResultVector& result) {
          return change(arguments, result, unpacked);
        }}});
}

} // namespace freshet::warehouse

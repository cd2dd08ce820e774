#include "warehouse/procedures/javascript_values.h"

#include <date/date.h>
#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "js/CharacterEncoding.h"
#include "js/Conversions.h"
#include "js/Date.h"
#include "js/JSON.h"
#include "js/experimental/TypedData.h"
#include "jsapi.h"
#include "sql/undefined_element.h"
#include "warehouse/procedures/javascript_code.h"

namespace freshet::warehouse {
namespace {

constexpr double k_day_milliseconds = 86'400'000;

bool date_value(JSContext* context, double milliseconds, JS::MutableHandleValue out) {
  JSObject* date = JS::NewDateObject(context, JS::TimeClip(milliseconds));
  if (date == nullptr) return false;
  out.setObject(*date);
  return true;
}

bool text_value(JSContext* context, std::string_view text, bool is_json, JS::MutableHandleValue out) {
  std::string document;
  if (is_json && text.contains(sql::k_undefined_element)) { // JSON.parse knows no undefined
    document = sql::with_undefined_shown(text, "null");
    text = document;
  }
  JS::RootedString string(context, new_string(context, text));
  if (!string) return false;
  if (is_json) return JS_ParseJSON(context, string, out);
  out.setString(string);
  return true;
}

bool bytes_value(JSContext* context, std::string_view bytes, JS::MutableHandleValue out) {
  JS::RootedObject array(context, JS_NewUint8Array(context, bytes.size()));
  if (!array) return false;
  size_t length = 0;
  bool is_shared = false;
  uint8_t* data = nullptr;
  JS_GetObjectAsUint8Array(array, &length, &is_shared, &data);
  if (length > 0) std::memcpy(data, bytes.data(), length);
  out.setObject(*array);
  return true;
}

bool append_json(const char16_t* characters, uint32_t length, void* out) {
  static_cast<std::u16string*>(out)->append(characters, length);
  return true;
}

/// JSON.stringify(value); null when it gives undefined.
bool json_text(JSContext* context, JS::HandleValue value, ScriptResult& out) {
  JS::RootedValue subject(context, value);
  std::u16string json;
  if (!JS_Stringify(context, &subject, nullptr, JS::UndefinedHandleValue, append_json, &json)) return false;
  out.is_null = json.empty();
  if (out.is_null) return true;
  JS::RootedString string(context, JS_NewUCStringCopyN(context, json.data(), json.size()));
  if (!string) return false;
  JS::UniqueChars text = JS_EncodeStringToUTF8(context, string);
  if (!text) return false;
  out.text = text.get();
  return true;
}

bool plain_text(JSContext* context, JS::HandleValue value, ScriptResult& out) {
  JS::RootedString string(context, JS::ToString(context, value));
  if (!string) return false;
  JS::UniqueChars text = JS_EncodeStringToUTF8(context, string);
  if (!text) return false;
  out.text = text.get();
  return true;
}

/// A Date as the engine reads timestamps; anything else as its text.
bool moment_text(JSContext* context, JS::HandleValue value, bool with_zone, ScriptResult& out) {
  bool is_date = false;
  JS::RootedObject object(context, value.isObject() ? &value.toObject() : nullptr);
  if (object && !JS::ObjectIsDate(context, object, &is_date)) return false;
  if (!is_date) return plain_text(context, value, out);
  double milliseconds = 0;
  if (!JS::ToNumber(context, value, &milliseconds)) return false;
  out.is_null = std::isnan(milliseconds);
  if (out.is_null) return true;
  const date::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds{static_cast<int64_t>(milliseconds)}};
  out.text = date::format("%F %T", time) + (with_zone ? "+00" : "");
  return true;
}

bool hexadecimal(JSContext* context, JS::HandleValue value, ScriptResult& out) {
  size_t length = 0;
  bool is_shared = false;
  uint8_t* data = nullptr;
  JSObject* array = value.isObject() ? JS_GetObjectAsUint8Array(&value.toObject(), &length, &is_shared, &data) : nullptr;
  if (array == nullptr) return plain_text(context, value, out);
  for (size_t i = 0; i < length; ++i) out.text += fmt::format("{:02X}", data[i]);
  return true;
}

} // namespace

bool script_from_cell(JSContext* context, const engine::Vector& column, size_t row, JS::MutableHandleValue out) {
  if (column.is_null(row)) {
    out.setUndefined();
    return true;
  }
  using enum engine::TypeId;
  switch (column.type().id) {
    case boolean:
      out.setBoolean(column.boolean(row));
      return true;
    case tinyint:
    case smallint:
    case integer:
    case bigint:
    case utinyint:
    case usmallint:
    case uinteger:
    case ubigint:
    case hugeint:
    case uhugeint:
    case decimal:
    case real:
    case double_:
      out.setNumber(column.floating(row));
      return true;
    case date:
      return date_value(context, double(column.integer(row)) * k_day_milliseconds, out);
    case timestamp:
    case timestamp_tz:
      return date_value(context, std::floor(double(column.integer(row)) / 1e3), out);
    case blob:
      return bytes_value(context, column.text(row), out);
    case varchar:
      return text_value(context, column.text(row), column.type().alias == "JSON", out);
    default: {
      std::string text;
      engine::append_text(text, column, row);
      return text_value(context, text, false, out);
    }
  }
}

bool result_from_script(JSContext* context, JS::HandleValue value, sql::TypeKind type, ScriptResult& out) {
  out.is_null = value.isUndefined() || (value.isNull() && type != sql::TypeKind::variant);
  out.text.clear();
  if (out.is_null) return true;
  using enum sql::TypeKind;
  switch (type) {
    case real:
    case number:
      return JS::ToNumber(context, value, &out.number);
    case boolean:
      out.text = JS::ToBoolean(value) ? "true" : "false";
      return true;
    case variant:
    case object:
    case array:
    case vector:
      return json_text(context, value, out);
    case sql::TypeKind::binary:
      return hexadecimal(context, value, out);
    case date:
    case timestamp_ntz:
      return moment_text(context, value, false, out);
    case timestamp_ltz:
    case timestamp_tz:
      return moment_text(context, value, true, out);
    default:
      return plain_text(context, value, out);
  }
}

} // namespace freshet::warehouse

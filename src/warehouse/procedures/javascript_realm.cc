#include "warehouse/procedures/javascript_realm.h"

#include <fmt/format.h>

#include "js/Array.h"
#include "js/CallAndConstruct.h"
#include "js/CharacterEncoding.h"
#include "js/CompilationAndEvaluation.h"
#include "js/Conversions.h"
#include "js/Exception.h"
#include "js/Object.h"
#include "js/PropertyAndElement.h"
#include "js/Realm.h"
#include "js/RealmOptions.h"
#include "js/SavedFrameAPI.h"
#include "js/SourceText.h"
#include "js/Stack.h"
#include "js/ValueArray.h"
#include "jsapi.h"
#include "warehouse/procedures/javascript_code.h"
#include "warehouse/procedures/javascript_prelude.h"

namespace freshet::warehouse {
namespace {

const JSClass k_global_class = {"global", JSCLASS_GLOBAL_FLAGS, &JS::DefaultGlobalClassOps, nullptr, nullptr, nullptr};
const JSClass k_natives_class = {"natives", JSCLASS_HAS_RESERVED_SLOTS(1), nullptr, nullptr, nullptr, nullptr};

std::string_view name_of(ScriptType type) {
  switch (type) {
    case ScriptType::number:
      return "number";
    case ScriptType::text:
      return "text";
    case ScriptType::boolean:
      return "boolean";
    case ScriptType::date:
      return "date";
    case ScriptType::time:
      return "time";
    case ScriptType::timestamp_ntz:
      return "timestamp_ntz";
    case ScriptType::timestamp_ltz:
      return "timestamp_ltz";
    case ScriptType::timestamp_tz:
      return "timestamp_tz";
    case ScriptType::variant:
      return "variant";
    case ScriptType::binary:
      return "binary";
  }
  return "text";
}

bool set_text(JSContext* context, JS::HandleObject object, const char* name, std::string_view text) {
  JS::RootedString string(context, new_string(context, text));
  if (!string) return false;
  JS::RootedValue value(context, JS::StringValue(string));
  return JS_SetProperty(context, object, name, value);
}

bool set_number(JSContext* context, JS::HandleObject object, const char* name, double number) {
  JS::RootedValue value(context, JS::NumberValue(number));
  return JS_SetProperty(context, object, name, value);
}

ScriptValue script_value(std::string_view kind, std::string text) {
  if (kind == "null") return ScriptValue::null();
  if (kind == "number") return ScriptValue::of(ScriptType::number, std::move(text));
  if (kind == "boolean") return ScriptValue::of(ScriptType::boolean, std::move(text));
  if (kind == "timestamp_ntz") return ScriptValue::of(ScriptType::timestamp_ntz, std::move(text));
  if (kind == "timestamp_ltz") return ScriptValue::of(ScriptType::timestamp_ltz, std::move(text));
  if (kind == "variant") return ScriptValue::of(ScriptType::variant, std::move(text));
  if (kind == "binary") return ScriptValue::of(ScriptType::binary, std::move(text));
  return ScriptValue::of(ScriptType::text, std::move(text));
}

/// A [kind, text] pair made by the prelude's fromScript.
bool read_pair(JSContext* context, JS::HandleValue pair, ScriptValue& result) {
  JS::RootedObject object(context, &pair.toObject());
  JS::RootedValue kind(context), text(context);
  if (!JS_GetElement(context, object, 0, &kind) || !JS_GetElement(context, object, 1, &text)) return false;
  result = script_value(to_text(context, kind), to_text(context, text));
  return true;
}

/// Where the body was when it called the API: the first frame that is not the prelude's.
std::string position_text(JSContext* context, std::string_view caller) {
  JS::RootedObject frame(context);
  if (!JS::CaptureCurrentStack(context, &frame, JS::StackCapture(JS::MaxFrames(16)))) {
    JS_ClearPendingException(context);
    return std::string(caller);
  }
  while (frame) {
    JS::RootedString source(context);
    JS::GetSavedFrameSource(context, nullptr, frame, &source);
    bool in_prelude = false;
    if (source && JS_StringEqualsAscii(context, source, k_prelude_file, &in_prelude) && !in_prelude) {
      uint32_t line = 0, column = 0;
      JS::GetSavedFrameLine(context, nullptr, frame, &line);
      JS::GetSavedFrameColumn(context, nullptr, frame, &column);
      return fmt::format("{}, line {} position {}", caller, line, column > 0 ? column - 1 : 0);
    }
    JS::RootedObject parent(context);
    if (JS::GetSavedFrameParent(context, nullptr, frame, &parent) != JS::SavedFrameResult::Ok) break;
    frame = parent;
  }
  return std::string(caller);
}

/// The object that tells the prelude to throw.
bool return_failure(JSContext* context, JS::CallArgs& arguments, const ScriptError& error, std::string_view caller) {
  const std::string position = position_text(context, caller);
  JS::RootedObject answer(context, JS_NewPlainObject(context));
  JS::RootedValue yes(context, JS::TrueValue());
  if (!answer || !JS_SetProperty(context, answer, "failed", yes) || !set_text(context, answer, "message", error.message) ||
      !set_number(context, answer, "code", error.code) || !set_text(context, answer, "state", error.sql_state) ||
      !set_text(context, answer, "stackTraceTxt", position)) {
    return false;
  }
  arguments.rval().setObject(*answer);
  return true;
}

bool set_columns(JSContext* context, JS::HandleObject answer, const std::vector<ScriptColumn>& columns) {
  JS::RootedObject names(context, JS::NewArrayObject(context, columns.size()));
  JS::RootedObject types(context, JS::NewArrayObject(context, columns.size()));
  JS::RootedObject sql_types(context, JS::NewArrayObject(context, columns.size()));
  JS::RootedObject scales(context, JS::NewArrayObject(context, columns.size()));
  JS::RootedObject nullables(context, JS::NewArrayObject(context, columns.size()));
  if (!names || !types || !sql_types || !scales || !nullables) return false;
  for (uint32_t i = 0; i < columns.size(); ++i) {
    const auto& column = columns[i];
    JS::RootedString name(context, new_string(context, column.name)), type(context, new_string(context, name_of(column.type))),
        sql_type(context, new_string(context, column.sql_type));
    if (!name || !type || !sql_type || !JS_SetElement(context, names, i, name) || !JS_SetElement(context, types, i, type) ||
        !JS_SetElement(context, sql_types, i, sql_type) || !JS_SetElement(context, scales, i, int32_t(column.scale))) {
      return false;
    }
    JS::RootedValue nullable(context, JS::BooleanValue(column.nullable));
    if (!JS_SetElement(context, nullables, i, nullable)) return false;
  }
  return JS_SetProperty(context, answer, "names", JS::RootedValue(context, JS::ObjectValue(*names))) &&
         JS_SetProperty(context, answer, "types", JS::RootedValue(context, JS::ObjectValue(*types))) &&
         JS_SetProperty(context, answer, "sqlTypes", JS::RootedValue(context, JS::ObjectValue(*sql_types))) &&
         JS_SetProperty(context, answer, "scales", JS::RootedValue(context, JS::ObjectValue(*scales))) &&
         JS_SetProperty(context, answer, "nullables", JS::RootedValue(context, JS::ObjectValue(*nullables)));
}

} // namespace

/// The functions that the prelude calls.
struct JavaScriptRealm::Natives {
  static JavaScriptRealm& realm_of(const JS::CallArgs& arguments) {
    return *static_cast<JavaScriptRealm*>(JS::GetReservedSlot(&arguments.thisv().toObject(), 0).toPrivate());
  }

  static bool execute(JSContext* context, unsigned count, JS::Value* values) {
    JS::CallArgs arguments = JS::CallArgsFromVp(count, values);
    auto& realm = realm_of(arguments);
    const std::string caller = to_text(context, arguments.get(0)), sql = to_text(context, arguments.get(1));
    std::vector<ScriptValue> binds;
    JS::RootedObject list(context, &arguments.get(2).toObject());
    uint32_t length = 0;
    if (!JS::GetArrayLength(context, list, &length)) return false;
    for (uint32_t i = 0; i < length; ++i) {
      JS::RootedValue pair(context);
      if (!JS_GetElement(context, list, i, &pair) || !read_pair(context, pair, binds.emplace_back())) return false;
    }
    auto outcome = realm.host_.execute(sql, binds);
    if (!outcome) return return_failure(context, arguments, outcome.error(), caller);
    return realm.answer(arguments, std::move(*outcome));
  }

  static bool next(JSContext* context, unsigned count, JS::Value* values) {
    JS::CallArgs arguments = JS::CallArgsFromVp(count, values);
    auto& outcome = realm_of(arguments).outcomes_[size_t(arguments.get(0).toNumber())];
    JS::RootedValue row_value(context, JS::NullValue());
    if (outcome.rows) {
      auto row = outcome.rows->next();
      if (!row) return return_failure(context, arguments, row.error(), to_text(context, arguments.get(1)));
      if (!*row) {
        outcome.rows.reset();
      } else if (!row_array(context, **row, &row_value)) {
        return false;
      }
    }
    JS::RootedObject answer(context, JS_NewPlainObject(context));
    if (!answer || !JS_SetProperty(context, answer, "values", row_value)) return false;
    arguments.rval().setObject(*answer);
    return true;
  }

  static bool row_array(JSContext* context, const std::vector<ScriptValue>& row, JS::MutableHandleValue result) {
    JS::RootedValueVector elements(context);
    if (!elements.reserve(row.size() * 2)) return false;
    for (const auto& value : row) {
      JSString* text = value.is_null ? nullptr : new_string(context, value.text);
      if (!value.is_null && text == nullptr) return false;
      elements.infallibleAppend(text == nullptr ? JS::NullValue() : JS::StringValue(text));
      elements.infallibleAppend(JS::NumberValue(double(value.epoch_microseconds)));
    }
    JSObject* array = JS::NewArrayObject(context, elements);
    if (array == nullptr) return false;
    result.setObject(*array);
    return true;
  }

  static bool log(JSContext* context, unsigned count, JS::Value* values) {
    JS::CallArgs arguments = JS::CallArgsFromVp(count, values);
    realm_of(arguments).host_.log(to_text(context, arguments.get(0)), to_text(context, arguments.get(1)));
    return true;
  }

  static bool add_event(JSContext* context, unsigned count, JS::Value* values) {
    JS::CallArgs arguments = JS::CallArgsFromVp(count, values);
    realm_of(arguments).host_.add_event(to_text(context, arguments.get(0)), to_text(context, arguments.get(1)));
    return true;
  }

  static bool set_span_attribute(JSContext* context, unsigned count, JS::Value* values) {
    JS::CallArgs arguments = JS::CallArgsFromVp(count, values);
    realm_of(arguments).host_.set_span_attribute(to_text(context, arguments.get(0)), to_text(context, arguments.get(1)));
    return true;
  }

  static constexpr JSFunctionSpec k_functions[] = {JS_FN("execute", execute, 3, 0),
                                                   JS_FN("next", next, 2, 0),
                                                   JS_FN("log", log, 2, 0),
                                                   JS_FN("addEvent", add_event, 2, 0),
                                                   JS_FN("setSpanAttribute", set_span_attribute, 2, 0),
                                                   JS_FS_END};
};

JavaScriptRealm::JavaScriptRealm(JSContext* context, const ScriptProcedure& procedure, ScriptHost& host)
    : context_(context), procedure_(procedure), host_(host) {}

JavaScriptRealm::~JavaScriptRealm() = default;

bool JavaScriptRealm::answer(JS::CallArgs& arguments, ScriptOutcome outcome) {
  JS::RootedObject answer(context_, JS_NewPlainObject(context_));
  if (!answer || !set_number(context_, answer, "handle", double(outcomes_.size())) ||
      !set_columns(context_, answer, outcome.columns) || !set_number(context_, answer, "rowCount", double(outcome.row_count)) ||
      !set_number(context_, answer, "inserted", double(outcome.rows_inserted)) ||
      !set_number(context_, answer, "updated", double(outcome.rows_updated)) ||
      !set_number(context_, answer, "deleted", double(outcome.rows_deleted)) ||
      !set_number(context_, answer, "duplicates", double(outcome.duplicate_rows_updated)) ||
      !set_text(context_, answer, "queryId", outcome.query_id)) {
    return false;
  }
  outcome.columns.clear();
  outcomes_.push_back(std::move(outcome));
  arguments.rval().setObject(*answer);
  return true;
}

std::expected<ScriptValue, ScriptError> JavaScriptRealm::run(std::span<const ScriptValue> arguments) {
  JS::RealmOptions options;
  options.creationOptions().setNewCompartmentAndZone().setSharedMemoryAndAtomicsEnabled(false);
  JS::RootedObject global(context_, JS_NewGlobalObject(context_, &k_global_class, nullptr, JS::FireOnNewGlobalHook, options));
  if (!global) return std::unexpected(pending_script_error(context_, procedure_.name, false));
  JSAutoRealm realm(context_, global);

  // Its own name is the first key of `this`: scripts find it with Object.keys(this)[0].
  JS::RootedValue itself(context_, JS::UndefinedValue());
  const bool is_named =
      procedure_.name != "snowflake" && JS_DefineProperty(context_, global, procedure_.name.c_str(), itself, JSPROP_ENUMERATE);
  JS::RootedObject natives(context_, JS_NewObject(context_, &k_natives_class));
  if (!natives || !JS::InitRealmStandardClasses(context_))
    return std::unexpected(pending_script_error(context_, procedure_.name, false));
  JS::SetReservedSlot(natives, 0, JS::PrivateValue(this));
  JS::RootedValue setup(context_), tools_value(context_);
  JS::SourceText<mozilla::Utf8Unit> prelude;
  JS::CompileOptions prelude_options(context_);
  prelude_options.setFileAndLine(k_prelude_file, 1);
  JS::RootedValueArray<2> setup_arguments(context_);
  setup_arguments[0].setObject(*natives);
  setup_arguments[1].setObject(*global);
  if (!JS_DefineFunctions(context_, natives, Natives::k_functions) ||
      !prelude.init(context_, k_prelude.data(), k_prelude.size(), JS::SourceOwnership::Borrowed) ||
      !JS::Evaluate(context_, prelude_options, prelude, &setup) ||
      !JS_CallFunctionValue(context_, global, setup, setup_arguments, &tools_value)) {
    return std::unexpected(pending_script_error(context_, procedure_.name, false));
  }
  JS::RootedObject tools(context_, &tools_value.toObject());

  JS::RootedFunction function(context_);
  if (!compile_body(context_, procedure_, &function))
    return std::unexpected(pending_script_error(context_, procedure_.name, true));
  itself.setObject(*JS_GetFunctionObject(function));
  if (is_named && !JS_DefineProperty(context_, global, procedure_.name.c_str(), itself, JSPROP_ENUMERATE))
    return std::unexpected(pending_script_error(context_, procedure_.name, false));
  JS::RootedValueVector converted(context_);
  if (!convert_arguments(tools, arguments, &converted))
    return std::unexpected(pending_script_error(context_, procedure_.name, false));
  JS::RootedValue returned(context_), pair(context_);
  if (!JS_CallFunction(context_, global, function, converted, &returned))
    return std::unexpected(pending_script_error(context_, procedure_.name, false));
  JS::RootedValueArray<1> to_convert(context_);
  to_convert[0].set(returned);
  ScriptValue result;
  if (!JS_CallFunctionName(context_, tools, "fromScript", to_convert, &pair) || !read_pair(context_, pair, result)) {
    return std::unexpected(pending_script_error(context_, procedure_.name, false));
  }
  return result;
}

bool JavaScriptRealm::convert_arguments(JS::HandleObject tools, std::span<const ScriptValue> arguments,
                                        JS::MutableHandleValueVector converted) {
  for (const auto& argument : arguments) {
    JS::RootedValueArray<3> parts(context_);
    JSString* type = new_string(context_, name_of(argument.type));
    if (type == nullptr) return false;
    parts[0].setString(type);
    if (argument.is_null) {
      parts[1].setNull();
    } else {
      JSString* text = new_string(context_, argument.text);
      if (text == nullptr) return false;
      parts[1].setString(text);
    }
    parts[2].setNumber(double(argument.epoch_microseconds));
    JS::RootedValue value(context_);
    if (!JS_CallFunctionName(context_, tools, "toScript", parts, &value) || !converted.append(value)) return false;
  }
  return true;
}

} // namespace freshet::warehouse

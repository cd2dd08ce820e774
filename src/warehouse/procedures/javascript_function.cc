#include "warehouse/procedures/javascript_function.h"

#include <boost/json.hpp>

#include "js/CallAndConstruct.h"
#include "js/CallArgs.h"
#include "js/CharacterEncoding.h"
#include "js/CompilationAndEvaluation.h"
#include "js/ErrorReport.h"
#include "js/GCVector.h"
#include "js/Object.h"
#include "js/PropertyAndElement.h"
#include "js/Realm.h"
#include "js/RealmOptions.h"
#include "js/SourceText.h"
#include "js/ValueArray.h"
#include "jsapi.h"
#include "warehouse/procedures/javascript_code.h"
#include "warehouse/procedures/javascript_values.h"

namespace freshet::warehouse {
namespace {

const JSClass k_global_class = {"global", JSCLASS_GLOBAL_FLAGS, &JS::DefaultGlobalClassOps, nullptr, nullptr, nullptr};
const JSClass k_writer_class = {"RowWriter", JSCLASS_HAS_RESERVED_SLOTS(1), nullptr, nullptr, nullptr, nullptr};

/// A function while it goes through the rows of one chunk.
class FunctionRun {
 public:
  FunctionRun(JSContext* context, const ScriptFunction& function, const engine::Chunk& rows, size_t first)
      : context_(context), function_(function), rows_(rows), first_(first) {}

  std::expected<void, ScriptError> run(const ScriptSink& sink) {
    JS::RealmOptions options;
    options.creationOptions().setNewCompartmentAndZone().setSharedMemoryAndAtomicsEnabled(false);
    JS::RootedObject global(context_, JS_NewGlobalObject(context_, &k_global_class, nullptr, JS::FireOnNewGlobalHook, options));
    if (!global) return failed(false);
    JSAutoRealm realm(context_, global);
    if (!JS::InitRealmStandardClasses(context_)) return failed(false);
    return function_.is_table ? table(global, sink) : scalar(global, sink);
  }

 private:
  std::unexpected<ScriptError> failed(bool compiling) const {
    return std::unexpected(pending_script_error(context_, function_.name, compiling));
  }

  bool has_null_argument(size_t row) const {
    for (size_t column = first_; column < rows_.columns().size(); ++column)
      if (rows_[column].is_null(row)) return true;
    return false;
  }

  std::expected<void, ScriptError> scalar(JS::HandleObject global, const ScriptSink& sink) {
    JS::RootedFunction body(context_);
    if (!compile_body(context_, function_, &body)) return failed(true);
    JS::RootedValueVector arguments(context_);
    if (!arguments.resize(function_.parameters.size())) return failed(false);
    JS::RootedValue returned(context_);
    ScriptResult result;
    for (size_t row = 0; row < rows_.size(); ++row) {
      if (function_.strict && has_null_argument(row)) {
        sink(row, {});
        continue;
      }
      for (size_t i = 0; i < function_.parameters.size(); ++i) {
        if (!script_from_cell(context_, rows_[first_ + i], row, arguments[i])) return failed(false);
      }
      if (!JS_CallFunction(context_, global, body, arguments, &returned) ||
          !result_from_script(context_, returned, function_.returns, result)) {
        return failed(false);
      }
      sink(row, result);
    }
    return {};
  }

  /// rowWriter.writeRow({COLUMN: value, …})
  static bool write_row(JSContext* context, unsigned count, JS::Value* values) {
    JS::CallArgs arguments = JS::CallArgsFromVp(count, values);
    if (!arguments.thisv().isObject() || JS::GetClass(&arguments.thisv().toObject()) != &k_writer_class) {
      JS_ReportErrorUTF8(context, "writeRow is a function of the row writer");
      return false;
    }
    auto& run = *static_cast<FunctionRun*>(JS::GetReservedSlot(&arguments.thisv().toObject(), 0).toPrivate());
    if (!arguments.get(0).isObject()) {
      JS_ReportErrorUTF8(context, "writeRow takes an object with a value for each column");
      return false;
    }
    JS::RootedObject object(context, &arguments.get(0).toObject());
    boost::json::array cells;
    for (const auto& [name, type] : run.function_.columns) {
      JS::RootedValue value(context);
      ScriptResult cell;
      // Numbers go as text here: an array holds cells of every type.
      const auto kind = type == sql::TypeKind::real || type == sql::TypeKind::number ? sql::TypeKind::text : type;
      if (!JS_GetProperty(context, object, name.c_str(), &value) || !result_from_script(context, value, kind, cell))
        return false;
      cells.push_back(cell.is_null ? boost::json::value(nullptr) : boost::json::value(cell.text));
    }
    run.written_.push_back(std::move(cells));
    arguments.rval().setUndefined();
    return true;
  }

  bool evaluate_body(JS::MutableHandleValue out) {
    const std::string text = "(" + function_.body + "\n)";
    JS::SourceText<mozilla::Utf8Unit> source;
    JS::CompileOptions options(context_);
    options.setFileAndLine(function_.name.c_str(), 1);
    return source.init(context_, text.data(), text.size(), JS::SourceOwnership::Borrowed) &&
           JS::Evaluate(context_, options, source, out);
  }

  /// Calls one of the functions that the body's object has; initialize and finalize may be missing.
  bool call(JS::HandleObject body, const char* name, const JS::HandleValueArray& arguments) {
    JS::RootedValue function(context_), returned(context_);
    if (!JS_GetProperty(context_, body, name, &function)) return false;
    if (function.isUndefined() && std::string_view(name) != "processRow") return true;
    return JS_CallFunctionValue(context_, body, function, arguments, &returned);
  }

  bool row_object(size_t row, JS::MutableHandleValue out) {
    JS::RootedObject object(context_, JS_NewPlainObject(context_));
    if (!object) return false;
    for (size_t i = 0; i < function_.parameters.size(); ++i) {
      JS::RootedValue value(context_);
      if (!script_from_cell(context_, rows_[first_ + i], row, &value) ||
          !JS_SetProperty(context_, object, function_.parameters[i].c_str(), value)) {
        return false;
      }
    }
    out.setObject(*object);
    return true;
  }

  /// Every row is a partition of its own: initialize, processRow, finalize.
  std::expected<void, ScriptError> table(JS::HandleObject, const ScriptSink& sink) {
    static constexpr JSFunctionSpec k_functions[] = {JS_FN("writeRow", write_row, 1, 0), JS_FS_END};
    JS::RootedValue value(context_);
    if (!evaluate_body(&value)) return failed(true);
    JS::RootedObject writer(context_, JS_NewObject(context_, &k_writer_class));
    if (!writer || !JS_DefineFunctions(context_, writer, k_functions)) return failed(false);
    JS::SetReservedSlot(writer, 0, JS::PrivateValue(this));
    if (!value.isObject()) {
      return std::unexpected(ScriptError{
          100131, "P0000",
          "JavaScript compilation error: the body of " + function_.name + " has to be an object with the function processRow"});
    }
    JS::RootedObject body(context_, &value.toObject());
    for (size_t row = 0; row < rows_.size(); ++row) {
      written_.clear();
      if (function_.strict && has_null_argument(row)) {
        sink(row, {});
        continue;
      }
      JS::RootedObject shared(context_, JS_NewPlainObject(context_)), information(context_, JS_NewPlainObject(context_));
      JS::RootedValue argument(context_);
      if (!shared || !information || !row_object(row, &argument)) return failed(false);
      JS::RootedValueArray<2> at_start(context_), at_end(context_);
      at_start[0].setObject(*information);
      at_start[1].setObject(*shared);
      at_end[0].setObject(*writer);
      at_end[1].setObject(*shared);
      JS::RootedValueArray<3> of_row(context_);
      of_row[0].set(argument);
      of_row[1].setObject(*writer);
      of_row[2].setObject(*shared);
      if (!call(body, "initialize", at_start) || !call(body, "processRow", of_row) || !call(body, "finalize", at_end))
        return failed(false);
      sink(row, {.is_null = false, .number = 0, .text = boost::json::serialize(written_)});
    }
    return {};
  }

  JSContext* context_;
  const ScriptFunction& function_;
  const engine::Chunk& rows_;
  size_t first_;
  boost::json::array written_; // by the row under way
};

} // namespace

std::expected<void, ScriptError> run_javascript_function(JSContext* context, const ScriptFunction& function,
                                                         const engine::Chunk& rows, size_t first, const ScriptSink& sink) {
  return FunctionRun(context, function, rows, first).run(sink);
}

} // namespace freshet::warehouse

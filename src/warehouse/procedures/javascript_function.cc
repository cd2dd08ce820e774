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
  FunctionRun(JSContext* context, const ScriptFunction& function, const engine::Chunk& rows, size_t first,
              PartitionColumns partitions = {})
      : context_(context), function_(function), rows_(rows), first_(first), partitions_(partitions) {}

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
    JS::RootedValue own(context_, JS::ObjectValue(*JS_GetFunctionObject(body))); // it may call itself
    if (!JS_SetProperty(context_, global, function_.name.c_str(), own)) return failed(false);
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
    if (run.partitions_.rows)
      cells.push_back(run.row_number_ == 0 ? boost::json::value(nullptr) : boost::json::value(run.row_number_));
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

  /// The value of a parameter in a row of a partition.
  bool argument(size_t partition, size_t row, size_t parameter, JS::MutableHandleValue out) {
    const auto& column = rows_[first_ + parameter];
    if (!partitions_.rows) return script_from_cell(context_, column, partition, out);
    return script_from_cell(context_, column.children()[0], column.list(partition).offset + row, out);
  }

  bool is_null(size_t partition, size_t row, size_t parameter) const {
    const auto& column = rows_[first_ + parameter];
    return partitions_.rows ? column.children()[0].is_null(column.list(partition).offset + row) : column.is_null(partition);
  }

  bool has_null(size_t partition, size_t row) const {
    for (size_t i = 0; i < function_.parameters.size(); ++i)
      if (is_null(partition, row, i)) return true;
    return false;
  }

  bool row_object(size_t partition, size_t row, JS::MutableHandleValue out) {
    JS::RootedObject object(context_, JS_NewPlainObject(context_));
    if (!object) return false;
    for (size_t i = 0; i < function_.parameters.size(); ++i) {
      JS::RootedValue value(context_);
      if (!argument(partition, row, i, &value) || !JS_SetProperty(context_, object, function_.parameters[i].c_str(), value)) {
        return false;
      }
    }
    out.setObject(*object);
    return true;
  }

  /// {ARGUMENT: {type, isConst, constValue}, …}
  bool argument_information(size_t partition, JS::MutableHandleValue out) {
    JS::RootedObject all(context_, JS_NewPlainObject(context_));
    if (!all) return false;
    const auto constants = rows_[partitions_.constants].text(partition);
    for (size_t i = 0; i < function_.parameters.size(); ++i) {
      const bool constant = i < constants.size() && constants[i] == '1';
      JS::RootedObject one(context_, JS_NewPlainObject(context_));
      JS::RootedString type(context_, new_string(context_, function_.types[i]));
      JS::RootedValue type_value(context_), flag(context_, JS::BooleanValue(constant)), value(context_);
      if (!one || !type) return false;
      type_value.setString(type);
      if ((constant && rows_in(partition) > 0 && !argument(partition, 0, i, &value)) ||
          !JS_SetProperty(context_, one, "type", type_value) || !JS_SetProperty(context_, one, "isConst", flag) ||
          !JS_SetProperty(context_, one, "constValue", value)) {
        return false;
      }
      JS::RootedValue information(context_, JS::ObjectValue(*one));
      if (!JS_SetProperty(context_, all, function_.parameters[i].c_str(), information)) return false;
    }
    out.setObject(*all);
    return true;
  }

  size_t rows_in(size_t partition) const {
    if (!partitions_.rows) return 1;
    const auto& count = rows_[*partitions_.rows];
    return count.is_null(partition) ? 0 : static_cast<size_t>(count.integer(partition));
  }

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
    for (size_t partition = 0; partition < rows_.size(); ++partition) {
      written_.clear();
      if (rows_in(partition) > 0 && !run_partition(body, writer, partition)) return failed(false);
      sink(partition, {.is_null = false, .number = 0, .text = boost::json::serialize(written_)});
    }
    return {};
  }

  bool run_partition(JS::HandleObject body, JS::HandleObject writer, size_t partition) {
    JS::RootedObject shared(context_, JS_NewPlainObject(context_));
    JS::RootedValueArray<2> at_start(context_), at_end(context_);
    if (!shared || !argument_information(partition, at_start[0])) return false;
    at_start[1].setObject(*shared);
    at_end[0].setObject(*writer);
    at_end[1].setObject(*shared);
    row_number_ = 0;
    if (!call(body, "initialize", at_start)) return false;
    for (size_t row = 0; row < rows_in(partition); ++row) {
      if (function_.strict && has_null(partition, row)) continue;
      JS::RootedValueArray<3> of_row(context_);
      if (!row_object(partition, row, of_row[0])) return false;
      of_row[1].setObject(*writer);
      of_row[2].setObject(*shared);
      row_number_ = row + 1;
      if (!call(body, "processRow", of_row)) return false;
    }
    row_number_ = 0;
    return call(body, "finalize", at_end);
  }

  JSContext* context_;
  const ScriptFunction& function_;
  const engine::Chunk& rows_;
  size_t first_;
  PartitionColumns partitions_;
  size_t row_number_ = 0;      // within its partition, from 1 on; 0: none is under way
  boost::json::array written_; // by the partition under way
};

} // namespace

std::expected<void, ScriptError> run_javascript_function(JSContext* context, const ScriptFunction& function,
                                                         const engine::Chunk& rows, size_t first, const ScriptSink& sink) {
  return FunctionRun(context, function, rows, first).run(sink);
}

std::expected<void, ScriptError> run_javascript_partitions(JSContext* context, const ScriptFunction& function,
                                                           const engine::Chunk& rows, const PartitionColumns& columns,
                                                           const ScriptSink& sink) {
  return FunctionRun(context, function, rows, columns.first_argument, columns).run(sink);
}

} // namespace freshet::warehouse

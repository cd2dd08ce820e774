#include "warehouse/procedures/javascript_code.h"

#include <fmt/format.h>

#include <vector>

#include "js/CharacterEncoding.h"
#include "js/CompilationAndEvaluation.h"
#include "js/Conversions.h"
#include "js/Exception.h"
#include "js/PropertyAndElement.h"
#include "js/SourceText.h"
#include "jsapi.h"

namespace freshet::warehouse {
namespace {

std::string text_property(JSContext* context, JS::HandleObject object, const char* name) {
  JS::RootedValue value(context);
  if (!JS_GetProperty(context, object, name, &value)) {
    JS_ClearPendingException(context);
    return {};
  }
  return value.isNullOrUndefined() ? std::string() : to_text(context, value);
}

} // namespace

JSString* new_string(JSContext* context, std::string_view text) {
  return JS_NewStringCopyUTF8N(context, JS::UTF8Chars(text.data(), text.size()));
}

std::string to_text(JSContext* context, JS::HandleValue value) {
  JS::RootedString string(context, JS::ToString(context, value));
  if (!string) {
    JS_ClearPendingException(context);
    return {};
  }
  JS::UniqueChars characters = JS_EncodeStringToUTF8(context, string);
  return characters ? std::string(characters.get()) : std::string();
}

bool compile_body(JSContext* context, const ScriptProcedure& procedure, JS::MutableHandleFunction function) {
  std::vector<const char*> names;
  for (const auto& name : procedure.parameters) names.push_back(name.c_str());
  // As UTF-16: this version's CompileFunction reads UTF-8 bytes as Latin-1 characters.
  size_t length = 0;
  JS::UniqueTwoByteChars characters(JS::UTF8CharsToNewTwoByteCharsZ(context,
                                                                    JS::UTF8Chars(procedure.body.data(), procedure.body.size()),
                                                                    &length, js::MallocArena)
                                        .get());
  JS::SourceText<char16_t> source;
  if (!characters || !source.init(context, std::move(characters), length)) return false;
  JS::CompileOptions options(context);
  options.setFileAndLine(procedure.name.c_str(), 0); // line 0 holds the "function (…) {" that the engine puts before the body
  JS::RootedObjectVector scopes(context);
  function.set(JS::CompileFunction(context, scopes, options, "procedure", unsigned(names.size()), names.data(), source));
  return function != nullptr;
}

ScriptError pending_script_error(JSContext* context, const std::string& name, bool compiling) {
  if (!JS_IsExceptionPending(context)) {
    return {100183, "P0000", fmt::format("Execution error in store procedure {}:\nThe procedure was stopped", name)};
  }
  JS::ExceptionStack exception(context);
  if (!JS::StealPendingExceptionStack(context, &exception)) {
    JS_ClearPendingException(context);
    return {100132, "P0000", "JavaScript execution error: out of memory in " + name};
  }
  if (exception.exception().isObject()) {
    JS::RootedObject object(context, &exception.exception().toObject());
    const std::string position = text_property(context, object, "stackTraceTxt");
    if (!position.empty()) {
      return {100183, "P0000",
              fmt::format("Execution error in store procedure {}:\n{}\nAt {}", name, text_property(context, object, "message"),
                          position)};
    }
  }
  JS::ErrorReportBuilder report(context);
  if (!report.init(context, exception, JS::ErrorReportBuilder::WithSideEffects)) {
    JS_ClearPendingException(context);
    return {100132, "P0000", "JavaScript execution error: Uncaught exception in " + name};
  }
  const auto& details = *report.report();
  std::string message = report.toStringResult().c_str();
  if (message.starts_with("uncaught exception: ")) message.erase(0, std::string_view("uncaught exception: ").size());
  const unsigned position = details.column > 0 ? details.column - 1 : 0;
  if (compiling) {
    return {100131, "P0000",
            fmt::format("JavaScript compilation error: Uncaught {} in {} at line {} position {}", message, name, details.lineno,
                        details.column)};
  }
  return {100132, "P0000",
          fmt::format("JavaScript execution error: Uncaught {} in {} at line {} position {}\nstackstrace: \n{} line: {}",
                      message, name, details.lineno, position, name, details.lineno)};
}

} // namespace freshet::warehouse

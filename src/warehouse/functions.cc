#include "warehouse/functions.h"

namespace freshet::warehouse {

void FunctionRegistry::add_scalar(std::string name, Scalar function) {
  std::unique_lock lock(mutex_);
  scalars_[std::move(name)] = std::move(function);
}

void FunctionRegistry::add_table(std::string name, Table function) {
  std::unique_lock lock(mutex_);
  tables_[std::move(name)] = std::move(function);
}

FunctionRegistry::Scalar FunctionRegistry::find_scalar(std::string_view name) const {
  std::shared_lock lock(mutex_);
  auto found = scalars_.find(name);
  return found == scalars_.end() ? Scalar{} : found->second;
}

FunctionRegistry::Table FunctionRegistry::find_table(std::string_view name) const {
  std::shared_lock lock(mutex_);
  auto found = tables_.find(name);
  return found == tables_.end() ? Table{} : found->second;
}

void FunctionRegistry::set_stage(Stage stage) {
  std::unique_lock lock(mutex_);
  stage_ = std::move(stage);
}

FunctionRegistry::Stage FunctionRegistry::find_stage() const {
  std::shared_lock lock(mutex_);
  return stage_;
}

} // namespace freshet::warehouse

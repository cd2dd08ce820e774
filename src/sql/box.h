#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

namespace freshet::sql {

/// A child of the syntax tree: owned, possibly absent, copied deeply and compared by value. It lets the tree's structs stay
/// plain values although they contain each other.
template <typename T>
class Box {
 public:
  Box() = default;
  Box(std::nullptr_t) {}
  Box(T value) : pointer_(std::make_unique<T>(std::move(value))) {}
  Box(const Box& other) : pointer_(other.pointer_ ? std::make_unique<T>(*other.pointer_) : nullptr) {}
  Box(Box&&) noexcept = default;
  Box& operator=(const Box& other) {
    if (this != &other) pointer_ = other.pointer_ ? std::make_unique<T>(*other.pointer_) : nullptr;
    return *this;
  }
  Box& operator=(Box&&) noexcept = default;
  ~Box() = default;

  explicit operator bool() const { return pointer_ != nullptr; }
  T& operator*() { return *pointer_; }
  const T& operator*() const { return *pointer_; }
  T* operator->() { return pointer_.get(); }
  const T* operator->() const { return pointer_.get(); }
  T* get() { return pointer_.get(); }
  const T* get() const { return pointer_.get(); }

  friend bool operator==(const Box& a, const Box& b) {
    if (!a.pointer_ || !b.pointer_) return !a.pointer_ && !b.pointer_;
    return *a.pointer_ == *b.pointer_;
  }

 private:
  std::unique_ptr<T> pointer_;
};

template <typename T>
const T& unboxed(const T& value) {
  return value;
}
template <typename T>
const T& unboxed(const Box<T>& box) {
  return *box;
}
template <typename T>
T& unboxed(T& value) {
  return value;
}
template <typename T>
T& unboxed(Box<T>& box) {
  return *box;
}

/// The T that a node holds, as itself or, where it is large and rare, in a Box; null when it holds another alternative.
template <typename T, typename... Alternatives>
const T* alternative(const std::variant<Alternatives...>& node) {
  if constexpr ((std::same_as<T, Alternatives> || ...)) {
    return std::get_if<T>(&node);
  } else {
    const auto* box = std::get_if<Box<T>>(&node);
    return box ? box->get() : nullptr;
  }
}
template <typename T, typename... Alternatives>
T* alternative(std::variant<Alternatives...>& node) {
  return const_cast<T*>(alternative<T>(std::as_const(node)));
}

} // namespace freshet::sql

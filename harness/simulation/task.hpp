#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace halley::simulation {

/// A function that runs once, moved and never copied, held in place: a world runs millions.
class task {
public:
  task() = default;
  template <typename Function>
    requires(!std::is_same_v<std::decay_t<Function>, task>)
  // NOLINTNEXTLINE(google-explicit-constructor): a function is a task
  task(Function&& function) {
    using held = std::decay_t<Function>;
    static_assert(sizeof(held) <= size && alignof(held) <= alignof(std::max_align_t));
    static_assert(std::is_nothrow_move_constructible_v<held>);
    ::new (static_cast<void*>(&storage_)) held(std::forward<Function>(function));
    act_ = &act<held>;
  }
  task(task&& other) noexcept { take(other); }
  task& operator=(task&& other) noexcept {
    if (this != &other) {
      drop();
      take(other);
    }
    return *this;
  }
  task(const task&) = delete;
  task& operator=(const task&) = delete;
  ~task() { drop(); }

  /// Runs it, at most once. It stays where it is meanwhile: nobody may put another in its place.
  void operator()() {
    if (act_ != nullptr) std::exchange(act_, nullptr)(what::run, &storage_, nullptr);
  }

private:
  static constexpr std::size_t size = 64;
  enum class what { run, move, destroy };

  /// Destroys what was run, however it ended.
  template <typename Held>
  struct ended {
    Held* held;
    explicit ended(Held* one) : held(one) {}
    ended(const ended&) = delete;
    ended& operator=(const ended&) = delete;
    ~ended() { std::destroy_at(held); }
  };

  template <typename Held>
  static void act(what todo, void* from, void* to) {
    auto* const held = std::launder(static_cast<Held*>(from));
    if (todo == what::run) {
      const ended at_end{held};
      std::move (*held)();
    } else if (todo == what::move) {
      ::new (to) Held(std::move(*held));
      std::destroy_at(held);
    } else {
      std::destroy_at(held);
    }
  }

  void take(task& other) noexcept {
    act_ = std::exchange(other.act_, nullptr);
    if (act_ != nullptr) act_(what::move, &other.storage_, &storage_);
  }

  void drop() noexcept {
    if (act_ != nullptr) std::exchange(act_, nullptr)(what::destroy, &storage_, nullptr);
  }

  void (*act_)(what, void*, void*) = nullptr;
  alignas(std::max_align_t) std::byte storage_[size];
};

}  // namespace halley::simulation

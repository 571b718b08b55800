#include "inspect/flow_recorder.hpp"

#include "base/bytes.hpp"
#include "capture/assembler.hpp"
#include "capture/capture_file.hpp"
#include "capture/flow_sink.hpp"
#include "capture/stream_order.hpp"
#include "inspect/flow_judge.hpp"
#include "inspect/flow_transcript.hpp"
#include "inspect/inspect_json.hpp"
#include "inspect/inspection.hpp"
#include "inspect/measures.hpp"
#include "inspect/verdict.hpp"
#include "trace/event.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace halley::inspect {
namespace {

using capture::moment;
using capture::side;
using std::chrono::nanoseconds;

constexpr std::size_t most_silences = 64;
constexpr std::size_t most_losses = 100;
constexpr std::size_t most_measured = 1000;
/// Of what one connection lost: to read on behind it costs time.
constexpr std::uint64_t most_filler = std::uint64_t{16} << 20U;

/// What all recorded connections share.
struct shared_record {
  nanoseconds since{0};
  nanoseconds silence{0};
  std::size_t live_octets = 0;
  std::size_t measured = 0;
};

/// The conversation of one connection, as it goes on.
class told_flow {
public:
  told_flow(const capture::flow_opening& flow, const flow_verdict& known, shared_record& shared)
      : shared_(shared),
        transcript_(places_of(known), shared.since, shared.live_octets),
        took_(shared.measured < most_measured ? std::make_unique<latencies>() : nullptr),
        settings_{.filler_left = most_filler, .measured = took_.get()},
        judge_(flow, settings_, [this](const seen_event& one) {
          transcript_.add(
              {.what = one.what, .frame = one.frame, .depth = one.depth, .missing = one.missing});
        }) {
    if (took_ != nullptr) ++shared_.measured;
  }
  ~told_flow() {
    if (took_ != nullptr) --shared_.measured;
  }
  told_flow(const told_flow&) = delete;
  told_flow& operator=(const told_flow&) = delete;

  /// Adds what the judge does not tell: octets as they came, what is missing of them, ends.
  template <typename What>
  void add(side from, std::uint64_t off, What what, moment at) {
    trace::event one;
    one.t = at.t;
    one.dir = from == side::client ? trace::direction::out : trace::direction::in;
    one.off = off;
    one.what = std::move(what);
    transcript_.add({.what = one, .frame = at.frame});
  }

  void add_loss(side from, std::uint64_t length, moment at) {
    trace::event one;
    one.t = at.t;
    one.what =
        trace::note{.name = "view.lost", .fields = {{"side", name(from)}, {"count", length}}};
    transcript_.add({.what = one, .frame = at.frame});
  }

  flow_judge& judge() { return judge_; }

  void finish(flow_record& into) {
    flow_verdict verdict = judge_.finish();
    into.told = true;
    into.about = std::move(verdict.about);
    into.close = verdict.close;
    into.events = transcript_.events();
    if (took_ != nullptr) into.metrics = metrics_json(*took_);
  }

private:
  static std::vector<stream_place> places_of(const flow_verdict& known) {
    std::vector<stream_place> places;
    places.reserve(known.findings.size());
    for (const flow_finding& one : known.findings)
      places.push_back({.by = one.by, .off = one.off, .len = one.len});
    return places;
  }

  shared_record& shared_;
  flow_transcript transcript_;
  std::unique_ptr<latencies> took_;
  judge_settings settings_;
  flow_judge judge_;
};

/// Sees when a connection was silent, and what was lost.
class recorded_flow final : public capture::flow_sink {
public:
  recorded_flow(const capture::flow_opening& flow, shared_record& shared)
      : shared_(shared), last_(flow.at.t) {
    record_.number = flow.number;
    record_.last_frame = flow.at.frame;
  }

  void tell(const capture::flow_opening& flow, const flow_verdict& known) {
    told_ = std::make_unique<told_flow>(flow, known, shared_);
  }

  void data(side from, octet_view data, moment at) override {
    see(at);
    std::uint64_t& off = given_.at(index_of(from));
    if (told_) told_->add(from, off, trace::wire_octets{.data = octets(data)}, at);
    off += data.size();
    if (told_) told_->judge().data(from, data, at);
  }
  void gap(side from, std::uint64_t length, moment at) override {
    see(at);
    if (record_.losses.size() < most_losses)
      record_.losses.push_back({.by = from, .t = at.t, .len = length});
    if (told_) told_->add_loss(from, length, at);
    given_.at(index_of(from)) += length;
    if (told_) told_->judge().gap(from, length, at);
  }
  void acknowledged(side of, std::uint64_t count) override {
    if (told_) told_->judge().acknowledged(of, count);
  }
  void fin(side from, moment at) override {
    see(at);
    if (told_) told_->judge().fin(from, at);
    if (told_) told_->add(from, given_.at(index_of(from)), trace::tcp_fin{}, at);
  }
  void rst(side from, moment at) override {
    see(at);
    if (told_) told_->judge().rst(from, at);
    if (told_) told_->add(from, given_.at(index_of(from)), trace::tcp_rst{}, at);
  }

  flow_record finish() {
    if (told_) told_->finish(record_);
    std::ranges::sort(record_.silences, {}, &flow_silence::from);
    return std::move(record_);
  }

private:
  void see(moment at) {
    record_.last_frame = std::max(record_.last_frame, at.frame);
    if (at.t - last_ >= shared_.silence) {
      record_.silences.push_back({.from = last_, .length = at.t - last_});
      if (record_.silences.size() > most_silences)
        record_.silences.erase(
            std::ranges::min_element(record_.silences, {}, &flow_silence::length));
    }
    last_ = std::max(last_, at.t);
  }

  shared_record& shared_;
  nanoseconds last_;
  std::array<std::uint64_t, 2> given_{};
  flow_record record_;
  std::unique_ptr<told_flow> told_;
};

class recorder final : public capture::flow_sinks {
public:
  recorder(const inspection& seen,
           const record_choice& choice,
           const std::function<void(flow_record&&)>& take)
      : seen_(seen), choice_(choice), take_(take) {
    shared_.since = seen.first;
    shared_.silence = choice.silence;
  }

  std::unique_ptr<capture::flow_sink> open(const capture::flow_opening& flow) override {
    const auto known = std::ranges::lower_bound(
        seen_.flows, flow.number, {}, [](const flow_verdict& one) { return one.opening.number; });
    if (known == seen_.flows.end() || known->opening.number != flow.number) return nullptr;
    auto made = std::make_unique<recorded_flow>(flow, shared_);
    if (choice_.with_conversation && choice_.with_conversation(*known)) made->tell(flow, *known);
    return made;
  }

  void close(const capture::flow_opening& /*flow*/,
             std::unique_ptr<capture::flow_sink> sink,
             const capture::segment_counts& /*counts*/) override {
    if (auto* const one = dynamic_cast<recorded_flow*>(sink.get())) take_(one->finish());
  }

private:
  const inspection& seen_;
  const record_choice& choice_;
  const std::function<void(flow_record&&)>& take_;
  shared_record shared_;
};

}  // namespace

void record_flows(capture::capture_file& file,
                  const inspection& seen,
                  const record_choice& choice,
                  const std::function<void(flow_record&&)>& take) {
  file.rewind();
  recorder sinks(seen, choice, take);
  capture::assembler assembler(sinks);
  capture::packet_view packet;
  while (file.next(packet))
    assembler.take(packet);
  assembler.finish();
}

}  // namespace halley::inspect

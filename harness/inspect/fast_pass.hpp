#pragma once

#include "capture/assembler.hpp"
#include "capture/capture_file.hpp"
#include "capture/flow_sink.hpp"
#include "capture/stream_order.hpp"
#include "inspect/flow_figures.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace halley::inspect {

/// What the fast pass knows of one flow.
struct scanned_flow {
  const capture::flow_opening& opening;
  const flow_figures& figures;
  const capture::segment_counts& tcp;
  bool clear = false;  ///< else it is to be judged
};

/// Scans each flow of a capture with clean_scan and tells what it found when the flow is closed.
class fast_pass final : public capture::flow_sinks {
public:
  using listener = std::function<void(const scanned_flow&)>;

  explicit fast_pass(listener tell) : tell_(std::move(tell)) {}

  std::unique_ptr<capture::flow_sink> open(const capture::flow_opening& flow) override;
  void close(const capture::flow_opening& flow,
             std::unique_ptr<capture::flow_sink> sink,
             const capture::segment_counts& counts) override;

private:
  listener tell_;
};

/// Reads `file` from where it is to its end, or as far as it can be read.
capture::assembly_counts scan_flows(capture::capture_file& file, const fast_pass::listener& tell);

}  // namespace halley::inspect

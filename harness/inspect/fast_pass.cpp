#include "inspect/fast_pass.hpp"

#include "capture/assembler.hpp"
#include "capture/capture_file.hpp"
#include "capture/flow_sink.hpp"
#include "capture/stream_order.hpp"
#include "inspect/clean_scan.hpp"

#include <memory>

namespace halley::inspect {

std::unique_ptr<capture::flow_sink> fast_pass::open(const capture::flow_opening& flow) {
  return std::make_unique<clean_scan>(flow);
}

void fast_pass::close(const capture::flow_opening& flow,
                      std::unique_ptr<capture::flow_sink> sink,
                      const capture::segment_counts& counts) {
  const auto& scan = static_cast<const clean_scan&>(*sink);  // `open` made it
  tell_({.opening = flow, .figures = scan.figures(), .tcp = counts, .clear = scan.clear()});
}

capture::assembly_counts scan_flows(capture::capture_file& file, const fast_pass::listener& tell) {
  fast_pass pass(tell);
  capture::assembler taker(pass);
  capture::packet_view packet;
  while (file.next(packet))
    taker.take(packet);
  taker.finish();
  return taker.counts();
}

}  // namespace halley::inspect

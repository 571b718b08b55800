# The pages for browsers become a part of the program: their files as string literals. Each page has what all share, and
# what is its own, in this order.
set(viewer ${CMAKE_CURRENT_LIST_DIR})

# joined(OUT FILE…): the texts of the files, one behind the other.
function(joined out)
  set(whole "")
  foreach(file IN LISTS ARGN)
    file(READ ${viewer}/${file} text)
    string(APPEND whole "${text}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${viewer}/${file})
  endforeach()
  set(${out} "${whole}" PARENT_SCOPE)
endfunction()

joined(VIEWER_PAGE page.html)
joined(SHARED_STYLE base.css)
joined(SHARED_SCRIPT dom.js blocks.js words.js references.js octets.js events.js ladder.js shell.js)
joined(REPORT_STYLE report/report.css)
joined(REPORT_SCRIPT report/run.js report/query.js report/matrix.js report/instance.js report/requirements.js
  report/timing.js report/about.js report/main.js)
joined(INSPECT_STYLE inspect/inspect.css)
joined(INSPECT_SCRIPT inspect/capture.js inspect/query.js inspect/bars.js inspect/flows.js inspect/findings.js
  inspect/flow.js inspect/about.js inspect/main.js)
configure_file(${viewer}/viewer_files.cpp.in ${CMAKE_CURRENT_BINARY_DIR}/viewer_files.cpp @ONLY)
target_sources(halley_reports PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/viewer_files.cpp)

/* Tells Halley which edges of a program were reached. Compile this file into any program that was
 * built with -fsanitize-coverage=trace-pc-guard or =inline-8bit-counters; link it last. Where the
 * environment variable HALLEY_COVERAGE names a file that Halley made (fuzz/coverage_map.hpp), the
 * program counts there, also in the processes that it forks; otherwise nothing happens.
 *
 * The file: one page that begins with the eight octets below, then EDGES counters of one octet. An
 * edge has the same counter in each run of the same program, so that a restart is no news.
 * Of inline counters only whole pages can be shared: those of a library that is loaded are counted
 * but for the first and the last page.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EDGES = 1 << 20, PAGE = 4096 };
static const char magic[8] = {'H', 'L', 'Y', 'C', 'O', 'V', '1', '\n'};

/* Coverage of this file would count itself. */
#define UNCOUNTED __attribute__((no_sanitize("coverage", "address", "undefined", "thread")))

static uint8_t *counters; /* null: nobody wants to know */
static int descriptor = -1;
static uint32_t next_edge;
static int asked;

/* Puts the counters of the program itself on pages of their own. */
__attribute__((used, retain, aligned(4096),
               section("__sancov_cntrs"))) static uint8_t padding[PAGE];

UNCOUNTED static void attach(void) {
  const char *name;
  struct stat is;
  char head[sizeof magic];
  void *at;
  if (asked) return;
  asked = 1;
  name = getenv("HALLEY_COVERAGE");
  if (name == NULL || *name == '\0' || sysconf(_SC_PAGESIZE) != PAGE) return;
  descriptor = open(name, O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return;
  if (fstat(descriptor, &is) != 0 || is.st_size < PAGE + EDGES ||
      pread(descriptor, head, sizeof head, 0) != (ssize_t)sizeof head ||
      memcmp(head, magic, sizeof head) != 0) {
    close(descriptor);
    return;
  }
  at = mmap(NULL, EDGES, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, PAGE);
  if (at != MAP_FAILED) counters = at;
}

/* trace-pc-guard: each edge calls us with its own number, 0 where it is not counted. */
UNCOUNTED void __sanitizer_cov_trace_pc_guard_init(uint32_t *begin, uint32_t *end) {
  uint32_t *one;
  attach();
  if (counters == NULL || begin == end || *begin != 0) return;
  for (one = begin; one < end; ++one) *one = 1 + next_edge++ % EDGES;
}

UNCOUNTED void __sanitizer_cov_trace_pc_guard(uint32_t *guard) {
  uint8_t *one;
  if (*guard == 0) return;
  one = counters + (*guard - 1);
  if (*one != 255) ++*one;
}

/* inline-8bit-counters: the program counts by itself; the pages that it counts on become ours. */
UNCOUNTED void __sanitizer_cov_8bit_counters_init(uint8_t *begin, uint8_t *end) {
  uint8_t *const first = (uint8_t *)(((uintptr_t)begin + PAGE - 1) & ~(uintptr_t)(PAGE - 1));
  uint8_t *const last = (uint8_t *)((uintptr_t)end & ~(uintptr_t)(PAGE - 1));
  size_t size;
  attach();
  if (counters == NULL || first >= last) return;
  next_edge = (next_edge + PAGE - 1) / PAGE * PAGE;
  size = (size_t)(last - first);
  if (next_edge >= EDGES || size > EDGES - next_edge) return; /* too large: it stays uncounted */
  if (mmap(first, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, descriptor,
           (off_t)(PAGE + next_edge)) == MAP_FAILED)
    abort(); /* the pages may be gone: nothing would be right behind this */
  next_edge += (uint32_t)size;
}

#include "reference-server/frame_faults.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "reference-server/options.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <vector>

namespace halley::gateway {
namespace {

/// What comes from a client, and what Beast sees of it with a mutant.
struct altered {
  const char* mutant;
  const char* came;  // hexadecimal, masked with a key of zeros unless the mask is the point
  const char* seen;
  bool deflate = false;
};

const std::vector<altered> all_altered = {
    {"length-32-bit", "82ff000000010000000100000000aa", "828100000000aa"},
    {"length-low-octet-first", "82fe010000000000aa", "828100000000aa"},
    {"accepts-unmasked-frame", "8101aa", "818100000000aa"},
    {"rsv-ignored", "d18100000000aa", "818100000000aa"},
    {"rsv-ignored", "d18100000000aa", "c18100000000aa", true},
    {"rsv2-ping-ignored", "a98000000000", "898000000000"},
    {"rsv1-control-accepted", "c98000000000", "898000000000"},
    {"rsv1-continuation-accepted", "c08100000000aa", "808100000000aa"},
    {"stored-block-refused", "c1810000000000", "cb810000000000"},
    {"plain-message-in-window", "818100000000aa", "c187000000000001 00feffaa00", true},
    {"plain-message-in-window", "818100000000aa", "818100000000aa"},
    {"reserved-opcode-skipped", "838000000000 8b8000000000 818000000000", "818000000000"},
    {"fragmented-control-accepted", "098000000000 018000000000", "898000000000 018000000000"},
    {"control-between-refused", "018000000000 898000000000", "018000000000 8b8000000000"},
    {"orphan-starts-message", "808000000000", "818000000000"},
    {"orphan-starts-message", "028000000000 808000000000", "028000000000 808000000000"},
    {"new-message-continues", "018000000000 828000000000", "018000000000 808000000000"},
    {"empty-fragment-ends", "018000000000 098000000000", "818000000000 098000000000"},
    {"last-fragment-only", "018100000000aa 808100000000bb", "018000000000 808100000000bb"},
    {"close-code-unchecked", "88820000000003ed", "88820000000003e8"},
    {"close-code-unchecked", "88820000000003f6", "88820000000003f6"},
    {"close-code-3000-refused", "8882000000000bb8", "8882000000000000"},
    {"close-reason-unchecked", "88830000000003e8ff", "88820000000003e8"},
    {"close-one-octet-accepted", "88810000000003", "888000000000"},
    {"serves-after-close", "88820000000003e8", "89820000000003e8"},
    {"ping-unanswered", "898000000000 8a8000000000", "8a8000000000"},
    {"ping-answered-once", "898000000000 898100000000aa", "898000000000"},
    {"pong-held-back", "018000000000 898000000000 808100000000aa",
     "018000000000 808100000000aa 898000000000"},
    {"pong-other-payload", "898100000000aa", "898100000000ab"},
    {"pong-refused", "8a8000000000", "8b8000000000"},
    {"utf8-by-fragment", "018100000000c3 8081000000008c", "018100000000ff 808100000000ff"},
    {"utf8-unchecked", "818100000000ff", "828100000000ff"},
};

octets from(const char* hexadecimal) {
  return from_hex(hexadecimal).value();
}

frame_faults faults_of(const char* mutant, bool deflate = false) {
  options how;
  how.mutants = {mutant};
  return {how, deflate};
}

class received_frames : public testing::TestWithParam<altered> {};

void PrintTo(const altered& one, std::ostream* out) {
  *out << one.mutant << ": " << one.came;
}

TEST_P(received_frames, are_altered_as_the_mutant_says) {
  frame_faults faults = faults_of(GetParam().mutant, GetParam().deflate);
  EXPECT_TRUE(faults.inward());
  EXPECT_EQ(to_hex(faults.received(from(GetParam().came))), to_hex(from(GetParam().seen)));
}

TEST_P(received_frames, may_come_octet_by_octet) {
  frame_faults faults = faults_of(GetParam().mutant, GetParam().deflate);
  octets seen;
  for (const char one : from(GetParam().came))
    seen += faults.received(octet_view(&one, 1));
  EXPECT_EQ(to_hex(seen), to_hex(from(GetParam().seen)));
}

INSTANTIATE_TEST_SUITE_P(each, received_frames, testing::ValuesIn(all_altered));

TEST(frame_faults, leave_everything_alone_without_a_mutant) {
  frame_faults faults(options(), true);
  EXPECT_FALSE(faults.inward());
  EXPECT_FALSE(faults.outward());
  EXPECT_TRUE(faults.next_is_text(true));
  EXPECT_FALSE(faults.next_is_text(false));
}

TEST(frame_faults, keep_the_mask_on_the_tail_of_a_long_payload) {
  frame_faults faults = faults_of("mask-tail-kept");
  const octets seen = faults.received(from("82c201020304") + octets(66, '\0'));
  EXPECT_EQ(to_hex(seen.substr(6 + 62)), "03040000");
  EXPECT_EQ(to_hex(faults.received(from("82820102030400 00"))), "8282000000000102");
}

TEST(frame_faults, restart_the_mask_at_each_read) {
  frame_faults faults = faults_of("mask-restarts");
  octets seen = faults.received(from("82fe007e01020304") + octets(125, '\0'));
  EXPECT_EQ(seen, "");
  seen = faults.received(octets(1, '\0'));
  EXPECT_EQ(to_hex(seen.substr(8 + 124)), "0101");
}

TEST(frame_faults, cut_a_control_frame_at_its_limit) {
  frame_faults faults = faults_of("long-control-accepted");
  const octets seen = faults.received(from("89fe007e00000000") + octets(126, 'x'));
  EXPECT_EQ(seen, from("89fd00000000") + octets(125, 'x'));
}

TEST(frame_faults, let_a_frame_pass_that_is_too_long_to_be_gathered) {
  frame_faults faults = faults_of("ping-unanswered");
  const octets huge = from("82ff7fffffffffffffff00000000") + "some";
  EXPECT_EQ(faults.received(huge), huge);
}

TEST(frame_faults, remember_what_came_as_text) {
  frame_faults faults = faults_of("utf8-unchecked");
  faults.received(from("818000000000 828000000000"));
  EXPECT_TRUE(faults.next_is_text(false));
  EXPECT_FALSE(faults.next_is_text(false));
}

struct spoilt {
  const char* mutant;
  const char* came;
  const char* written;
  const char* out;
};

const std::vector<spoilt> all_spoilt = {
    {"drop-without-close", "", "880203ea", ""},
    {"drop-without-close", "", "880203e8", "880203e8"},
    {"close-unanswered", "", "880203e8", ""},
    {"close-unanswered", "", "880203ea", "880203ea"},
    {"close-sends-1005", "888000000000", "880203e8", "880203ed"},
    {"close-sends-1005", "88820000000003e8", "880203e8", "880203e8"},
    {"serves-after-close", "88820000000003e8", "8a0203e8", "880203e8"},
    {"rsv1-not-set", "", "c101aa", "8101aa"},
};

TEST(sent_frames, are_altered_as_the_mutant_says) {
  for (const spoilt& one : all_spoilt) {
    frame_faults faults = faults_of(one.mutant);
    EXPECT_TRUE(faults.outward());
    faults.received(from(one.came));
    EXPECT_EQ(to_hex(faults.sent(from(one.written))), one.out) << one.mutant;
  }
}

}  // namespace
}  // namespace halley::gateway

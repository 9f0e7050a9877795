#include "core/url/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brink::url {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using Form = Target::Form;

Target read(std::string_view target, std::string& storage,
            EscapedSlashes slashes = EscapedSlashes::kKeep) {
  return normalize(target, slashes, storage);
}

std::string normal(std::string_view target, EscapedSlashes slashes = EscapedSlashes::kKeep) {
  std::string storage;
  const Target read_target = read(target, storage, slashes);
  EXPECT_EQ(read_target.form, Form::kNormal) << target;
  return std::string(read_target.text);
}

// Where the client is sent.
std::string moved(std::string_view target, EscapedSlashes slashes = EscapedSlashes::kKeep) {
  std::string storage;
  const Target read_target = read(target, storage, slashes);
  EXPECT_EQ(read_target.form, Form::kRedirect) << target;
  return std::string(read_target.text);
}

Form form(std::string_view target, EscapedSlashes slashes = EscapedSlashes::kKeep) {
  std::string storage;
  return read(target, storage, slashes).form;
}

TEST(Normalize, LeavesCleanTargetsWhereTheyAre) {
  for (const std::string_view target : {"/", "/a.b/c..d?x=/../y//%61", "/a%2Fb", "*", "/caf%C3%A9",
                                        "/a/b./..c;d", "/?//", "/a?\\", "/%", "/%zz", "/%4"}) {
    std::string storage;
    const Target same = read(target, storage);
    EXPECT_EQ(same.form, Form::kNormal) << target;
    EXPECT_EQ(same.text.data(), target.data()) << target;
    EXPECT_EQ(same.text, target);
  }
}

TEST(Normalize, DecodesWhatNeedsNoEscape) {
  EXPECT_EQ(normal("/%61dmin"), "/admin");
  EXPECT_EQ(normal("/%41%7a%30%2d%5F%7E?%61"), "/Az0-_~?%61");
  EXPECT_EQ(normal("/caf%c3%a9%2fx"), "/caf%C3%A9%2Fx");
  EXPECT_EQ(normal("/%2561dmin"), "/%2561dmin");  // once
}

TEST(Normalize, MakesNoEscapeThatNobodyWrote) {
  EXPECT_EQ(normal("/%%361"), "/%%361");
  EXPECT_EQ(normal("/%6%31"), "/%6%31");
  EXPECT_EQ(normal("/%%36%31"), "/%%361");
  EXPECT_EQ(normal("/%zz%61"), "/%zza");
}

TEST(Normalize, ResolvesDotSegmentsOnce) {
  EXPECT_EQ(normal("/x/../admin?a=/../b"), "/admin?a=/../b");
  EXPECT_EQ(normal("/x/%2e%2E/admin"), "/admin");
  EXPECT_EQ(normal("/x/.%2e/admin"), "/admin");
  EXPECT_EQ(normal("/./a/."), "/a/");
  EXPECT_EQ(normal("/a/b/.."), "/a/");
  EXPECT_EQ(normal("/.."), "/");
  EXPECT_EQ(normal("/../../etc"), "/etc");
  EXPECT_EQ(normal("/.a/..b/c../..."), "/.a/..b/c../...");
  EXPECT_EQ(normal("/a%2fb/../c"), "/c");
}

TEST(Normalize, SendsRepeatedSlashesAndBackslashesToTheCleanPath) {
  EXPECT_EQ(moved("//evil.example/x?y//z"), "/evil.example/x?y//z");
  EXPECT_EQ(moved("/\\evil.example"), "/evil.example");
  EXPECT_EQ(moved("/a///b"), "/a/b");
  EXPECT_EQ(moved("/a\\..\\b"), "/b");
  EXPECT_EQ(moved("/x//../admin"), "/admin");  // as an origin reads it that merges slashes first
  EXPECT_EQ(moved("/.//admin"), "/admin");
  EXPECT_EQ(moved("/%2e//admin"), "/admin");
  EXPECT_EQ(moved("//%61"), "/a");
  EXPECT_EQ(moved("//"), "/");
}

TEST(Normalize, RefusesEscapedControlCharacters) {
  for (const char* target : {"/%00", "/a%0d%0ab", "/a%1F", "/%7f", "//%00"})
    EXPECT_EQ(form(target), Form::kRefused) << target;
  EXPECT_EQ(form("/?%00"), Form::kNormal);
  EXPECT_EQ(form("/%20%80"), Form::kNormal);
}

TEST(Normalize, TreatsEscapedSlashesAsConfigured) {
  EXPECT_EQ(normal("/a%2fb%5cc"), "/a%2Fb%5Cc");
  EXPECT_EQ(moved("/a%2fb%5cc?%2f", EscapedSlashes::kRedirect), "/a/b/c?%2f");
  EXPECT_EQ(moved("/%2fevil.example", EscapedSlashes::kRedirect), "/evil.example");
  EXPECT_EQ(moved("/x/..%2f%61dmin", EscapedSlashes::kRedirect), "/admin");
  EXPECT_EQ(form("/a%2Fb", EscapedSlashes::kReject), Form::kRefused);
  EXPECT_EQ(form("/a%5Cb", EscapedSlashes::kReject), Form::kRefused);
  EXPECT_EQ(form("/a?%2F", EscapedSlashes::kReject), Form::kNormal);
  EXPECT_EQ(normal("/%252f", EscapedSlashes::kReject), "/%252f");
}

TEST(Normalize, TakesATargetThatLiesInItsStorage) {
  std::string storage = "/a/../b?c";
  const std::string_view target = storage;
  EXPECT_EQ(normalize(target, EscapedSlashes::kKeep, storage).text, "/b?c");
}

std::vector<std::string> readings(std::string_view path) {
  const auto all = other_readings(path);
  EXPECT_TRUE(all) << path;
  return all.value_or(std::vector<std::string>());
}

TEST(OtherReadings, AreNoneForMostPaths) {
  for (const char* path : {"/", "/a/b.c", "/a/", "*"}) EXPECT_THAT(readings(path), IsEmpty());
}

TEST(OtherReadings, AreWhatSomeOriginMayServe) {
  const std::pair<const char*, const char*> kServed[] = {
      {"/caf%C3%A9", "/caf\xc3\xa9"},
      {"/a%20b", "/a b"},
      {"/admin%2Fx", "/admin/x"},
      {"/%2Fadmin", "/admin"},
      {"/%2Fadmin", "//admin"},
      {"/%5Cadmin", "/admin"},
      {"/x%2F..%2Fadmin", "/admin"},
      {"/x%2F..%2Fadmin", "/x/../admin"},  // as decodeURIComponent leaves it
      {"/x%2F%2F..%2Fadmin", "/admin"},    // slashes merged first
      {"/x%2F%2F..%2Fadmin", "/x/admin"},  // or not
      {"/x%5Cy%2F..%2Fadmin", "/admin"},   // a backslash is a letter
      {"/x%5Cy%2F..%2Fadmin", "/x/admin"},
      {"/x%2Fy%5C..%5Cadmin", "/admin"},  // an escaped slash is
      {"/%2561dmin", "/admin"},           // decoded twice
      {"/x%252F..%252Fadmin", "/admin"},
      {"/admin;x", "/admin"},
      {"/x/..;/admin", "/admin"},
      {"/x/..;a=b/admin;c", "/admin"},
      {"/admin%3Bx", "/admin"},
      {"/admin;%2F..", "/admin"},  // parameters dropped before decoding
      {"/admin.rsc", "/admin"},
      {"/a%20b.rsc", "/a b"},
      {"/_next/data/b1/admin.json", "/admin"},
      {"/_next/data/b1/index.json", "/"},
      {"/_next/data/b1/a/b%20c.json", "/a/b c"},
      {"/admin.segments/_tree.segment.rsc", "/admin"},
      {"/a%FFb",
       "/a\xef\xbf\xbd"
       "b"},
  };
  for (const auto& [path, reading] : kServed)
    EXPECT_THAT(readings(path), Contains(std::string(reading))) << path;
}

TEST(OtherReadings, LeaveOutThePathItselfAndComeOnce) {
  for (const char* path : {"/a;b%2Fc%5Cd%25%3B.rsc", "/a%20b", "/x;/y"}) {
    std::vector<std::string> all = readings(path);
    EXPECT_THAT(all, Not(Contains(std::string(path))));
    std::ranges::sort(all);
    EXPECT_EQ(std::ranges::adjacent_find(all), all.end()) << path;
  }
}

TEST(OtherReadings, OfALongAmbiguousPathAreNotTried) {
  const std::string filler(5000, 'a');
  EXPECT_EQ(other_readings("/" + filler + "%2Fx"), std::nullopt);
  EXPECT_EQ(other_readings("/" + filler + ";"), std::nullopt);
  EXPECT_TRUE(other_readings("/" + filler + "%20"));
}

TEST(PagePath, IsThatOfThePageWhoseDataIsAskedFor) {
  EXPECT_EQ(page_path("/a.rsc"), "/a");
  EXPECT_EQ(page_path("/a.segments/b/c.segment.rsc"), "/a");
  EXPECT_EQ(page_path("/a.segment.rsc"), "/a.segment");
  EXPECT_EQ(page_path("/a.rscx"), "/a.rscx");
  EXPECT_EQ(page_path("/a.rsc/"), "/a.rsc/");
}

}  // namespace
}  // namespace brink::url

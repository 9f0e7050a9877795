// The native halves of web APIs, one test a binding: what JavaScript gets from them.
#include <gmock/gmock.h>

#include "tests/unit/bindings/worker_driver.h"

namespace brink::testing {
namespace {

/// The value of an expression, as JSON.
std::string json_of(const std::string& expression) {
  WorkerDriver driver = WorkerDriver::with_middleware(
      "const attempt = (f) => { try { return f(); } catch (e) { return e.name; } };\n"
      "export async function middleware(request) { return Response.json(" +
      expression + "); }");
  driver.options.cpu_limit_ms = 1000;
  EXPECT_TRUE(driver.load()) << (driver.app_failed ? driver.app_failure.message : "");
  const Answer answer = driver.fetch("http://e.com/");
  return answer.kind == Answer::Kind::kRespond ? answer.body : answer.code + " " + answer.message;
}

TEST(UrlBinding, ParsesAndSets) {
  EXPECT_EQ(
      json_of(R"((() => {
    const url = new URL('../x?q=1#h', 'https://user:pw@EXAMPLE.com:8080/a/b/');
    const parts = [url.href, url.origin, url.host, url.port, url.pathname, url.search, url.hash, url.username];
    url.port = '443'; url.hash = ''; url.pathname = '/\u00e9 ';
    return [...parts, url.href, attempt(() => new URL('no')), URL.canParse('http://[::1]/')];
  })())"),
      R"(["https://user:pw@example.com:8080/a/x?q=1#h","https://example.com:8080","example.com:8080",)"
      R"("8080","/a/x","?q=1","#h","user","https://user:pw@example.com/%C3%A9%20?q=1","TypeError",true])");
}

TEST(EnvironmentBinding, IsWhatTheFrontGave) {
  WorkerDriver driver = WorkerDriver::with_middleware(
      "export default () => Response.json([Object.entries(process.env), delete process.env.A,"
      " (process.env.B = 1), process.env.A]);");
  using namespace std::string_view_literals;
  driver.send(0, ipc::Environment{"A=x=y\0__proto__=p\0NODE_ENV=test\0E=\0"sv});
  ASSERT_TRUE(driver.load()) << driver.app_failure.message;
  EXPECT_EQ(
      driver.fetch("http://e.com/").body,
      R"([[["NODE_ENV","test"],["NEXT_RUNTIME","edge"],["A","x=y"],["__proto__","p"],["E",""]],)"
      R"(true,1,null])");
}

TEST(EncodingBinding, EncodesAndDecodes) {
  EXPECT_EQ(json_of(R"((() => {
    const bytes = (text) => [...new TextEncoder().encode(text)];
    const text = (label, list, options) => new TextDecoder(label, options).decode(new Uint8Array(list));
    const into = new TextEncoder().encodeInto('a\u20ac\u20ac', new Uint8Array(5));
    return [bytes('a\u00e9\u20ac\ud83d\ude00\ud800'), bytes(''), into.read, into.written,
            text('utf-8', [0x61, 0xff, 0xe2, 0x82, 0xac]), text('utf-8', [0xef, 0xbb, 0xbf, 0x62]),
            attempt(() => text('utf-8', [0xff], { fatal: true })),
            text('utf-16le', [0x61, 0, 0x3d, 0xd8, 0x00, 0xde, 0x00]), text('latin1', [0x80, 0xe9])];
  })())"),
            "[[97,195,169,226,130,172,240,159,152,128,239,191,189],[],2,4,"
            "\"a\xEF\xBF\xBD\xE2\x82\xAC\",\"b\","
            "\"TypeError\",\"a\xF0\x9F\x98\x80\xEF\xBF\xBD\",\"\xE2\x82\xAC\xC3\xA9\"]");
}

TEST(EncodingBinding, KnowsForgivingBase64) {
  EXPECT_EQ(
      json_of(
          R"([btoa('caf\u00e9'), attempt(() => btoa('\u20ac')), atob(' Y2 Fm6Q'), atob('YQ=='), atob(''),
                        attempt(() => atob('a')), attempt(() => atob('YQ=')), attempt(() => atob('\u20ac'))])"),
      "[\"Y2Fm6Q==\",\"InvalidCharacterError\",\"caf\xC3\xA9\",\"a\",\"\","
      "\"InvalidCharacterError\","
      "\"InvalidCharacterError\",\"InvalidCharacterError\"]");
}

TEST(CryptoBinding, IsRandomInEveryWorker) {
  const std::string expression =
      R"([crypto.randomUUID(), [...crypto.getRandomValues(new Uint32Array(2))]])";
  const std::string first = json_of(expression);
  EXPECT_THAT(first, ::testing::MatchesRegex("\\[\"[0-9a-f]+-[0-9a-f]+-4[0-9a-f]+-[89ab][0-9a-f]+-["
                                             "0-9a-f]+\",\\[[0-9]+,[0-9]+\\]\\]"));
  EXPECT_NE(first, json_of(expression));
  EXPECT_NE(json_of("Math.random()"), json_of("Math.random()"));
}

TEST(CloneBinding, ClonesAndTransfers) {
  EXPECT_EQ(json_of(R"((() => {
    const buffer = new ArrayBuffer(8);
    const source = { d: new Date(0), m: new Map([[1, new Set([2])]]), e: new RangeError('x'), b: buffer };
    source.self = source;
    const clone = structuredClone(source, { transfer: [buffer] });
    return [clone.d.getTime(), clone.m.get(1).has(2), clone.e.name, clone.self === clone, clone.b.byteLength,
            buffer.byteLength, attempt(() => structuredClone(() => {}))];
  })())"),
            R"([0,true,"RangeError",true,8,0,"DataCloneError"])");
}

TEST(TimersBinding, FiresInOrderAndStops) {
  EXPECT_EQ(json_of(R"(await new Promise((resolve) => {
    const seen = [];
    setTimeout(() => seen.push('b'), 20);
    setTimeout(() => seen.push('a'), 5);
    clearTimeout(setTimeout(() => seen.push('never'), 1));
    let ticks = 0;
    const every = setInterval(() => { seen.push(++ticks); if (ticks === 2) clearInterval(every); }, 30);
    setTimeout(() => resolve(seen), 120);
  }))"),
            R"(["a","b",1,2])");
  EXPECT_EQ(json_of("Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 50"),
            "true");
}

TEST(Intl, HasItsData) {
  EXPECT_EQ(
      json_of(
          R"([new Intl.DateTimeFormat('de', { timeZone: 'Asia/Tokyo', timeStyle: 'short' }).format(new Date(0)),
                        new Intl.NumberFormat('de').format(1234.5), 'stra\u00dfe'.localeCompare('strasse', 'de', { sensitivity: 'base' })])"),
      R"(["09:00","1.234,5",0])");
}

}  // namespace
}  // namespace brink::testing

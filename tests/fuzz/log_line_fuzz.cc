// What clients and scripts write into the log: one line of JSON each, whatever it is.
#include <simdjson.h>

#include <array>
#include <string>

#include "core/observe/json_line.h"
#include "tests/fuzz/target.h"

namespace brink::fuzz {

void log_line(std::string_view input) {
  Input in(input);
  const std::size_t room = in.number<std::uint16_t>() % 4096;
  const std::size_t most = in.number<std::uint16_t>() % 1024;
  const std::uint64_t time_us = in.number<std::uint64_t>() % 253'402'300'800'000'000;  // year 9999
  const ExactCopy text(in.rest());
  const auto buffer = std::make_unique<char[]>(room);
  LineWriter line({buffer.get(), room});
  line.raw("{\"time\":\""), line.time(time_us);
  line.raw("\",\"text\":\""), line.escaped(text.view(), most);
  line.raw("\",\"bytes\":"), line.number(text.view().size());
  line.raw("}");
  FUZZ_CHECK(line.size() <= room);
  if (!line.ok()) return;
  const std::string_view written(buffer.get(), line.size());
  for (const char c : written) FUZZ_CHECK(c >= 0x20 && c < 0x7f);
  simdjson::dom::parser parser;
  simdjson::dom::element json;
  FUZZ_CHECK(parser.parse(simdjson::padded_string(written)).get(json) == simdjson::SUCCESS);
  std::uint64_t bytes = 0;
  FUZZ_CHECK(json["bytes"].get(bytes) == simdjson::SUCCESS && bytes == text.view().size());
}

}  // namespace brink::fuzz

#include "core/http/upstream_request.h"

#include "core/http/origin_connection.h"

namespace brink::http {
namespace {

bool is_safe(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE";
}

bool has_bytes(BodyLength length) {
  return length.kind == BodyLength::Kind::kUnknown || length.bytes > 0;
}

}  // namespace

UpstreamRequestImpl::UpstreamRequestImpl(UpstreamObserver& request_observer,
                                         const RequestToSend& head)
    : observer_(request_observer),
      writer_(*this),
      length_(head.body),
      to_head_(head.method == "HEAD"),
      repeatable_(is_safe(head.method) && !has_bytes(head.body)) {}

UpstreamRequestImpl::~UpstreamRequestImpl() {
  if (connection_ != nullptr) connection_->abandon();
}

void UpstreamRequestImpl::attach(OriginConnection& connection, Stream& stream) {
  connection_ = &connection;
  BodyWriter::Mode mode = BodyWriter::Mode::kSwallow;
  if (has_bytes(length_)) {
    mode = length_.kind == BodyLength::Kind::kKnown ? BodyWriter::Mode::kKnown
                                                    : BodyWriter::Mode::kChunked;
  }
  writer_.begin(stream, mode, length_.bytes);
}

void UpstreamRequestImpl::on_writer_activity() {
  if (connection_ != nullptr) connection_->wake();
}

}  // namespace brink::http

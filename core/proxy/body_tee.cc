#include "core/proxy/body_tee.h"

#include <algorithm>
#include <utility>

namespace brink::proxy {
namespace {
constexpr std::size_t kPiece_bytes = 64 * 1024;
}  // namespace

/// What one user of the tee reads. Owned by that user.
class BodyTee::Reader final : public http::IncomingBody {
 public:
  explicit Reader(std::shared_ptr<BodyTee> tee) : tee_(std::move(tee)) {
    tee_->readers_.push_back(this);
  }
  ~Reader() override {
    if (!left_) tee_->leave(*this, false);
  }

  void resume() override {
    if (flowing_ || left_) return;
    flowing_ = true;
    tee_->serve(*this);
  }
  void pause() override {
    if (!std::exchange(flowing_, false)) return;
    tee_->update_source();
  }
  void discard() override {
    take_receiver();
    flowing_ = false;
    if (!std::exchange(left_, true)) tee_->leave(*this, true);
  }
  http::BodyLength length() const override { return tee_->length_; }

  bool flowing() const { return flowing_ && receiver() != nullptr; }
  std::uint64_t position() const { return position_; }

  void deliver(std::string_view bytes) {
    position_ += bytes.size();
    receiver()->on_body_data(bytes);
  }
  void end() {
    flowing_ = false;
    take_receiver()->on_body_end();
  }
  void fail(const Error& error) {
    flowing_ = false;
    take_receiver()->on_body_error(error);
  }

 private:
  std::shared_ptr<BodyTee> tee_;
  std::uint64_t position_ = 0;
  bool flowing_ = false;
  bool left_ = false;
};

BodyTee::BodyTee(http::IncomingBody& body, std::size_t max_kept_bytes)
    : length_(body.length()), max_kept_bytes_(max_kept_bytes) {
  body.set_receiver(this);
}

BodyTee::~BodyTee() = default;

http::SharedBody BodyTee::add_reader() {
  if (!has_start()) return nullptr;
  return std::make_shared<Reader>(shared_from_this());
}

void BodyTee::close() {
  keeping_ = false;
  drop_what_all_have();
  update_source();
}

// Gives a reader what it has not had yet; it may be destroyed by what it does with that.
void BodyTee::serve(Reader& reader) {
  const std::shared_ptr<BodyTee> self = shared_from_this();
  const auto there = [&] { return std::ranges::find(readers_, &reader) != readers_.end(); };
  std::string piece;  // a receiver may do anything to kept_
  while (there() && reader.flowing() && reader.position() < end()) {
    piece.assign(kept_, static_cast<std::size_t>(reader.position() - begin_), kPiece_bytes);
    reader.deliver(piece);
  }
  if (there() && reader.flowing()) {
    if (state_ == State::kComplete) reader.end();
    if (state_ == State::kBroken) reader.fail(error_);
  }
  drop_what_all_have();
  update_source();
}

void BodyTee::serve_all() {
  const std::shared_ptr<BodyTee> self = shared_from_this();
  const std::vector<Reader*> present = readers_;
  for (Reader* reader : present) {
    if (std::ranges::find(readers_, reader) != readers_.end()) serve(*reader);
  }
}

void BodyTee::on_body_data(std::string_view bytes) {
  const bool only_one = !keeping_ && readers_.size() == 1;
  if (only_one && readers_.front()->flowing() && readers_.front()->position() == end()) {
    // The usual way on: nothing is kept, nothing is copied.
    begin_ += bytes.size();
    return readers_.front()->deliver(bytes);
  }
  kept_.append(bytes);
  if (kept_.size() > max_kept_bytes_) keeping_ = false;
  serve_all();
}

void BodyTee::on_body_end() {
  state_ = State::kComplete;
  serve_all();
}

void BodyTee::on_body_error(const Error& error) {
  state_ = State::kBroken;
  error_ = error;
  serve_all();
}

void BodyTee::leave(Reader& reader, bool discarded) {
  const std::shared_ptr<BodyTee> self = shared_from_this();
  std::erase(readers_, &reader);
  discard_ = discard_ && discarded;
  drop_what_all_have();
  update_source();
}

void BodyTee::drop_what_all_have() {
  if (keeping_) return;
  std::uint64_t had = end();
  for (const Reader* reader : readers_) had = std::min(had, reader->position());
  const auto dropped = static_cast<std::size_t>(had - begin_);
  if (dropped * 2 < kept_.size()) return;  // not worth its move yet
  kept_.erase(0, dropped);
  begin_ = had;
  if (kept_.empty()) kept_.shrink_to_fit();
}

// The source flows while somebody waits for what it has not given yet.
void BodyTee::update_source() {
  if (source() == nullptr) return;
  if (readers_.empty() && !keeping_) {
    if (discard_) return source()->discard();
    return source()->set_receiver(nullptr);
  }
  const bool waited_for = std::ranges::any_of(readers_, [this](const Reader* reader) {
    return reader->flowing() && reader->position() == end();
  });
  const bool room = keeping_ || kept_.size() < max_kept_bytes_;
  if (waited_for && room) {
    source()->resume();
  } else {
    source()->pause();
  }
}

}  // namespace brink::proxy

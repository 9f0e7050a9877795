#pragma once

namespace brink {

/// One end of a link between an object of type `Self`, which holds this end, and one of type
/// `Peer`, which holds the other: either may be destroyed first, and neither is ever left with a
/// pointer to what is gone. When an end is destroyed, or is linked to somebody else, its peer is
/// unlinked and told by `peer.on_peer_gone()`, which must be accessible to LinkEnd and may not
/// expect its former peer to be whole. On one thread.
template <class Self, class Peer>
class LinkEnd {
 public:
  using Other = LinkEnd<Peer, Self>;

  explicit LinkEnd(Self& owner) : owner_(owner) {}
  ~LinkEnd() { drop(); }
  LinkEnd(const LinkEnd&) = delete;
  LinkEnd& operator=(const LinkEnd&) = delete;

  /// The peer, or nullptr.
  Peer* peer() const { return other_ == nullptr ? nullptr : &other_->owner_; }

  /// Links the two ends; what either was linked to before is told.
  void link(Other& other) {
    if (other_ == &other) return;
    drop();
    other.drop();
    other_ = &other;
    other.other_ = this;
  }

  /// Unlinks without a word to anybody, and returns who was there: for the one call that says why.
  Peer* take() {
    Peer* const was = peer();
    if (other_ != nullptr) {
      other_->other_ = nullptr;
      other_ = nullptr;
    }
    return was;
  }

 private:
  friend Other;

  void drop() {
    if (Peer* const was = take()) was->on_peer_gone();
  }

  Self& owner_;
  Other* other_ = nullptr;
};

}  // namespace brink

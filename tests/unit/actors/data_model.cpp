// data_model.cpp: see data_model.hpp.
#include "data_model.hpp"

namespace moonwright::actors {

void DataModel::order_restore(const Moments& what) {
  for (const auto& [chain, length] : what) {
    ordered_.insert(chain);
    lengths_.emplace(chain, length);
  }
}

DataModel::Moments DataModel::now() const {
  Moments moments;
  for (const Chain chain : now_) moments.emplace(chain, lengths_.at(chain));
  return moments;
}

void DataModel::begin_life(bool recycled, bool restarted) {
  if (!recycled) now_.clear();
  if (restarted) now_.insert(kept_.begin(), kept_.end());
  now_.insert(ordered_.begin(), ordered_.end());
  ordered_.clear();
  if (recycled && is_plain_ && recycling_) now_.insert(kEmpty);
  recycling_ = false;
  if (may_be_refused_) {
    now_.insert(kEmpty);
    kept_.insert(kEmpty);
  }
  // Nobody says when a script without hooks is saved.
  if (is_plain_) may_be_kept();
}

std::string DataModel::see(Chain chain, std::size_t length) {
  const auto known = lengths_.find(chain);
  if (known == lengths_.end()) {
    if (!is_weak_) return "it has data that it never had: " + std::to_string(chain);
    lengths_[chain] = length;
  }
  if (is_weak_) {
    now_ = {chain};
    return {};
  }
  if (known->second != length) {
    return "its data is torn: " + std::to_string(length) + " numbers instead of " +
           std::to_string(known->second);
  }
  if (!now_.contains(chain)) {
    std::string text = "it has the data of another moment: length " + std::to_string(length) +
                       "; possible are lengths";
    for (const Chain each : now_) text += " " + std::to_string(lengths_[each]);
    return text;
  }
  now_ = {chain};
  return {};
}

void DataModel::change(Chain chain, std::uint64_t number) {
  const Chain next = longer(chain, number);
  lengths_[next] = lengths_[chain] + 1;
  now_ = {next};
}

}  // namespace moonwright::actors

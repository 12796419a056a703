#include "engine/terms.h"

namespace sluice {

Terms& Terms::operator+=(const Terms& other) {
  stored += other.stored;
  filtered += other.filtered;
  duplicate += other.duplicate;
  late += other.late;
  dead += other.dead;
  gaps += other.gaps;
  lost += other.lost;
  return *this;
}

}  // namespace sluice

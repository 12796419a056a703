// Terms: the counters of the audit, per job and partition, kept in the row that holds the position (rule D4).
// next - start == stored + filtered + duplicate + late + dead + gaps + lost, always. Values.
#pragma once

#include <cstdint>

namespace sluice {

struct Terms {
  int64_t stored = 0;
  int64_t filtered = 0;
  int64_t duplicate = 0;
  int64_t late = 0;
  int64_t dead = 0;
  int64_t gaps = 0;
  int64_t lost = 0;

  int64_t Sum() const { return stored + filtered + duplicate + late + dead + gaps + lost; }
  Terms& operator+=(const Terms& other) {
    stored += other.stored;
    filtered += other.filtered;
    duplicate += other.duplicate;
    late += other.late;
    dead += other.dead;
    gaps += other.gaps;
    lost += other.lost;
    return *this;
  }
  bool operator==(const Terms&) const = default;
};

}  // namespace sluice

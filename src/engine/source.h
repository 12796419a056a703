// Source: brings readings into one stream and acknowledges its sender when the log has them.
// A source is a Task; one that is driven from outside (http) has nothing to do in Step. Owned by the app.
// SourceKind is how a kind of source joins the list in components.cc.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "codecs/codec.h"
#include "config/load.h"
#include "engine/intake.h"
#include "engine/task.h"
#include "http/router.h"
#include "platform/clock.h"
#include "platform/files.h"

namespace sluice {

class Source : public Task {
 public:
  // True when a bounded input (a file without follow, a simulator with count) is wholly durable.
  virtual bool Finished() const = 0;
  // True when nothing more comes unless somebody helps: finished, or the rest was refused (Health says why).
  virtual bool Ended() const { return Finished(); }
  // How far a bounded input is, in [0, 1]; negative when that cannot be known.
  virtual double Progress() const { return -1; }
};

// What a source is made of besides its options. Everything referred to outlives the source.
struct SourceContext {
  Intake& intake;
  http::Router& router;
  const Clock& clock;
  Files& files;
};

struct SourceKind {
  ComponentKind facts;
  std::function<Result<std::unique_ptr<Source>>(const ComponentSpec&, const SourceContext&)> make;
};

// The common options of a source as its decoder takes them.
DecodeSpec DecodeSpecOf(const ComponentSpec& source);

}  // namespace sluice

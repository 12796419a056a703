#include "sources/http/kind.h"

#include "sources/http/http_source.h"

namespace sluice {
namespace {

struct HttpOptions {
  std::optional<std::string> path;
  ByteSize max_body = MiB(8);
};

void CheckPath(const HttpOptions& options, Faults& faults) {
  if (!options.path) return;
  if (!options.path->starts_with('/') || options.path->find_first_of("{}?#% ") != std::string::npos) {
    faults.Add("path", "'" + *options.path + "' is no path of a URL", "write it like \"/ingest/readings\"");
  } else if (options.path->starts_with("/api/")) {
    faults.Add("path", "paths under /api/ are sluice's own", "write it like \"/ingest/readings\"");
  }
}

std::string PathOf(const ComponentSpec& component) {
  return component.As<HttpOptions>().path.value_or("/ingest/" + component.input.stream);
}

ComponentKind::Claim ClaimOf(const ComponentSpec& component) {
  return {.what = "POST " + PathOf(component), .option = "path"};
}

Result<std::unique_ptr<Source>> MakeHttp(const ComponentSpec& component, const SourceContext& context) {
  const auto& options = component.As<HttpOptions>();
  SLUICE_ASSIGN(auto source, HttpSource::Make({.name = component.name,
                                               .path = PathOf(component),
                                               .max_body = options.max_body,
                                               .decode = DecodeSpecOf(component),
                                               .codec = CodecFromName(component.input.codec)},
                                              context.intake, context.router));
  return std::unique_ptr<Source>(std::move(source));
}

}  // namespace

SourceKind HttpKind() {
  return {.facts = {.name = "http",
                    .sentence = "takes readings that are posted to the server: JSON, NDJSON or CSV",
                    .options = OptionTable<HttpOptions>()
                                   .Add("path", &HttpOptions::path,
                                        "where readings are posted to; /ingest/STREAM unless given")
                                   .Add("max_body", &HttpOptions::max_body,
                                        "largest body of a request, after decompression too", {.min = KiB(1)})
                                   .Check(&CheckPath),
                    .claim = &ClaimOf},
          .make = &MakeHttp};
}

}  // namespace sluice

// Health: alive, ready or who waits for what, metrics, and the front page.
#include <fmt/format.h>

#include "api/routes.h"
#include "core/json_text.h"

namespace sluice::api {
namespace {

std::string WaitsJson(const std::vector<Waiting>& waits) {
  std::string list;
  for (const Waiting& wait : waits) {
    list += fmt::format(R"({}{{"component":{},"reason":{}}})", list.empty() ? "" : ",",
                        JsonText(wait.component), JsonText(wait.reason));
  }
  return "[" + list + "]";
}

std::string HealthJson(const ApiContext& context, const std::vector<Waiting>& waits) {
  return fmt::format(R"({{"status":"{}","ready":{},"waiting":{},"version":{}}})",
                     waits.empty() ? "ok" : "waiting", waits.empty(), WaitsJson(waits),
                     JsonText(context.version));
}

std::string Html(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string Link(std::string_view path) { return fmt::format("<a href=\"{0}\">{0}</a>", Html(path)); }

std::string FrontPage(const ApiContext& context) {
  std::string page =
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sluice</title>"
      "<style>body{font:16px/1.5 system-ui;margin:3rem auto;max-width:40rem}</style><h1>Sluice</h1>";
  const std::vector<Waiting> waits = context.actions.Waits();
  page += waits.empty() ? "<p>Running.</p>" : "<p>Waiting:</p><ul>";
  for (const Waiting& wait : waits)
    page += fmt::format("<li>{}: {}</li>", Html(wait.component), Html(wait.reason));
  page += waits.empty() ? "" : "</ul>";
  if (context.store == nullptr) return page + fmt::format("<p>{}</p></html>", Html(context.absent));
  page += "<h2>Streams</h2><ul>";
  for (const StreamSpec& stream : context.streams) {
    const std::string base = "/api/streams/" + stream.name;
    page +=
        fmt::format("<li>{}: {} {}</li>", Html(stream.name), Link(base + "/latest"), Link(base + "/stats"));
  }
  page += "</ul><h2>Summaries</h2><ul>";
  for (const SummarySpec& summary : context.summaries) {
    page += fmt::format("<li>{}</li>", Link("/api/summaries/" + summary.name));
  }
  page += "</ul><h2>Operation</h2><ul>";
  for (const char* path :
       {"/api/status", "/api/audit", "/api/dead", "/readyz", "/metrics", "/openapi.json"}) {
    page += fmt::format("<li>{}</li>", Link(path));
  }
  return page + "</ul></html>";
}

Result<http::Response> Front(const ApiContext& context, const http::Request& request) {
  if (request.Header("accept").find("text/html") != std::string::npos) {
    http::Response page{.body = FrontPage(context)};
    page.headers = {{"content-type", "text/html; charset=utf-8"},
                    {"vary", "accept"},
                    {"content-security-policy", "default-src 'none'; style-src 'unsafe-inline'"}};
    return page;
  }
  // 200 also while something waits: reading and queries go on, and a restart would not help.
  http::Response response = http::Response::Json(200, HealthJson(context, context.actions.Waits()));
  response.headers.emplace_back("vary", "accept");
  return response;
}

Result<http::Response> Alive(const ApiContext&, const http::Request&) {
  return http::Response::Json(200, R"({"status":"ok"})");
}

Result<http::Response> Ready(const ApiContext& context, const http::Request&) {
  const std::vector<Waiting> waits = context.actions.Waits();
  if (waits.empty()) return http::Response::Json(200, HealthJson(context, waits));
  std::string detail;
  for (const Waiting& wait : waits) {
    detail += fmt::format("{}{} waits: {}", detail.empty() ? "" : "; ", wait.component, wait.reason);
  }
  return http::Response::Problem(503, "Not ready", detail,
                                 {{"ready", "false"}, {"waiting", WaitsJson(waits)}});
}

Result<http::Response> Metrics(const ApiContext& context, const http::Request&) {
  http::Response response{.body = context.actions.Metrics()};
  response.headers = {{"content-type", "text/plain; version=0.0.4; charset=utf-8"}};
  return response;
}

constexpr auto kHealth =
    R"({"type":"object","properties":{"status":{"type":"string","enum":["ok","waiting"]},"ready":{"type":"boolean"},)"
    R"("waiting":{"type":"array","items":{"type":"object","properties":{"component":{"type":"string"},)"
    R"("reason":{"type":"string"}}}},"version":{"type":"string"}}})";

Route Plain(std::string path, std::string about, std::string answer, RouteHandler handler) {
  return {"GET", std::move(path), std::move(about), {}, "", std::move(answer), "application/json", false,
          {},    handler};
}

}  // namespace

std::vector<Route> HealthRoutes() {
  Route metrics = Plain("/metrics", "Metrics as Prometheus text.", R"({"type":"string"})", Metrics);
  metrics.media = "text/plain";
  std::vector<Route> routes = {
      Plain("/", "Health as JSON, without a token; a page for browsers (Accept: text/html).", kHealth, Front),
      Plain("/healthz", "Alive.", R"({"type":"object","properties":{"status":{"type":"string"}}})", Alive),
      Plain("/readyz",
            "Ready, or 503 with which component waits for what: a problem document, whose `status` is 503, "
            "with "
            "`ready` and `waiting`.",
            kHealth, Ready),
      metrics};
  // Slow queries must not make a process that is well look dead.
  for (Route& route : routes) route.quick = route.everywhere = true;
  return routes;
}

}  // namespace sluice::api

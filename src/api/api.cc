#include "api/api.h"

#include "api/parameters.h"
#include "api/routes.h"

namespace sluice {
namespace api {

const std::vector<Route>& AllRoutes() {
  static const std::vector<Route> all = [] {
    std::vector<Route> routes;
    for (auto part : {HealthRoutes(), ReadingsRoutes(), StatsRoutes(), SummaryRoutes(), LiveRoutes(),
                      SqlRoutes(), OperationRoutes(), OpenApiRoutes()}) {
      routes.insert(routes.end(), part.begin(), part.end());
    }
    return routes;
  }();
  return all;
}

namespace {

http::Response FailureResponse(const Status& status) {
  if (status.code() == Code::reject) return http::Response::Problem(400, "", status.message());
  if (status.code() != Code::retry) return http::Response::Problem(500, "", status.message());
  http::Response response = http::Response::Problem(503, "", status.message());
  response.headers.emplace_back("retry-after", "1");
  return response;
}

http::Response Answer(const ApiContext& context, const Route& route, const http::Request& request) {
  if (context.store == nullptr && !route.everywhere) return http::Response::Problem(404, "", context.absent);
  if (Status status = CheckQuery(route, request); !status.ok()) return FailureResponse(status);
  Result<http::Response> answer = route.handler(context, request);
  http::Response response = answer.ok() ? *std::move(answer) : FailureResponse(answer.status());
  response.headers.emplace_back("cache-control", "no-store");
  response.headers.emplace_back("x-content-type-options", "nosniff");
  return response;
}

Status Register(http::Router& router, const Route& route, const ApiContext& context) {
  if (route.handler == nullptr) return {};
  return router.Add(route.method, route.path, {.quick = route.quick},
                    [context, &route](http::Request request, http::Responder respond) {
                      respond(Answer(context, route, request));
                    });
}

}  // namespace
}  // namespace api

Status RegisterApi(http::Router& router, const ApiContext& context) {
  for (const api::Route& route : api::AllRoutes()) SLUICE_TRY(api::Register(router, route, context));
  return {};
}

Status RegisterHealth(http::Router& router, const ApiContext& context) {
  for (const api::Route& route : api::AllRoutes()) {
    if (route.everywhere) SLUICE_TRY(api::Register(router, route, context));
  }
  return {};
}

}  // namespace sluice

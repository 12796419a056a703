// Routes: the one table of what the API serves. RegisterApi, the OpenAPI document and the reference are made
// of it, so none of them can miss a route or a parameter; a query parameter that is not in it is refused.
// Each file of handlers contributes its rows; the lists are built once at start. Values.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/api.h"

namespace sluice::api {

struct Parameter {
  enum In { path, query, header };
  std::string name;
  In in = query;
  std::string schema;  // JSON Schema
  std::string about;
};

// Answers a checked request. A failure becomes a problem document: reject 400, retry 503, anything else 500.
using RouteHandler = Result<http::Response> (*)(const ApiContext&, const http::Request&);

struct Route {
  std::string method;
  std::string path;  // pattern of the router
  std::string about;
  std::vector<Parameter> parameters;
  std::string body;                        // JSON Schema of the request's body; "" for none
  std::string answer;                      // JSON Schema of the answer
  std::string media = "application/json";  // of the answer
  bool formats = false;                    // NDJSON, CSV and Arrow too, by Accept
  std::vector<int> failures;               // statuses beside 400 and 503
  RouteHandler handler = nullptr;          // null: served by a source, listed here for the reference
  int success = 200;
  bool quick = false;       // never waits: answered whatever else is asked
  bool everywhere = false;  // served in every process, whatever its role
};

std::vector<Route> HealthRoutes();
std::vector<Route> ReadingsRoutes();
std::vector<Route> StatsRoutes();
std::vector<Route> SummaryRoutes();
std::vector<Route> LiveRoutes();
std::vector<Route> SqlRoutes();
std::vector<Route> OperationRoutes();
std::vector<Route> OpenApiRoutes();

// All of them, in the order of the reference.
const std::vector<Route>& AllRoutes();

}  // namespace sluice::api

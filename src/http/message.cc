#include "http/message.h"

#include "core/json_text.h"
#include "http/target.h"

namespace sluice::http {
namespace {

std::string_view Title(int status) {
  const std::string_view reason = ReasonPhrase(status);
  return reason.empty() ? "Error" : reason;
}

}  // namespace

std::optional<std::string> Request::Query(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::string Request::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";
  }
}

Response Response::Json(int status, std::string body) {
  return {.status = status, .headers = {{"content-type", "application/json"}}, .body = std::move(body)};
}

Response Response::Text(int status, std::string body) {
  return {
      .status = status, .headers = {{"content-type", "text/plain; charset=utf-8"}}, .body = std::move(body)};
}

Response Response::Problem(int status, std::string title, std::string detail,
                           std::vector<std::pair<std::string, std::string>> members) {
  if (title.empty()) title = Title(status);
  std::string body = "{\"title\":" + JsonText(title) + ",\"status\":" + std::to_string(status);
  if (!detail.empty()) body += ",\"detail\":" + JsonText(detail);
  for (const auto& [name, value] : members) body += "," + JsonText(name) + ":" + value;
  body += "}";
  return {
      .status = status, .headers = {{"content-type", "application/problem+json"}}, .body = std::move(body)};
}

}  // namespace sluice::http

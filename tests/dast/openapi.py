"""An OpenAPI description of the FHIR interface, written from its CapabilityStatement, for tools that know nothing of FHIR."""

from typing import Any

#: of the types that no room owns, which are all served alike, so many are described
_KEPT_WHOLE = 2
_JSON = "application/fhir+json"
_ANSWERS = {str(code): {"description": "told in FHIR", "content": {_JSON: {"schema": {"type": "object"}}}}
            for code in (200, 201, 400, 401, 403, 404, 405, 406, 409, 410, 412, 413, 415, 422, 428)}  # fmt: skip
_ANSWERS["304"] = {"description": "as it was"}
_FORMATS: dict[str, dict[str, Any]] = {
    "date": {"type": "string", "format": "date"},
    "quantity": {"type": "string"},
    "number": {"type": "number"},
}


def description(statement: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    """The description; `ids` has an id of a resource that is there, for each type of which there is one."""
    paths: dict[str, Any] = {}
    kept_whole = 0
    for resource in statement["rest"][0]["resource"]:
        if "documentation" in resource:
            kept_whole += 1
            if kept_whole > _KEPT_WHOLE:
                continue
        paths |= _of_type(resource, ids.get(resource["type"], ""))
    return {
        "openapi": "3.0.3",
        "info": {"title": "Salus FHIR R4", "version": statement["software"]["version"]},
        "paths": paths,
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        "security": [{"bearer": []}],
    }


def _of_type(resource: dict[str, Any], known: str) -> dict[str, Any]:
    kind = resource["type"]
    codes = {one["code"] for one in resource["interaction"]}
    asked = [_parameter(one) for one in resource["searchParam"]]
    asked += [
        _plain("_count", {"type": "integer"}),
        _plain("_summary", {"type": "string", "enum": ["count", "true", "x"]}),
    ]
    asked += [_plain("_sort"), _plain("_include"), _plain("_revinclude")]
    collection: dict[str, Any] = {"get": _operation(f"search {kind}", asked)}
    one: dict[str, Any] = {"get": _operation(f"read {kind}", [])}
    if "create" in codes:
        collection["post"] = _operation(f"create {kind}", [], kind)
    if "update" in codes:
        one["put"] = _operation(f"update {kind}", [_header("If-Match")], kind)
    place = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    if known:
        place["example"] = known
    one["parameters"] = [place]
    form = {"application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": {
        parameter["name"]: parameter["schema"] for parameter in asked}}}}  # fmt: skip
    search = {"post": _operation(f"search {kind} by POST", []) | {"requestBody": {"content": form}}}
    return {f"/fhir/{kind}": collection, f"/fhir/{kind}/_search": search, f"/fhir/{kind}/{{id}}": one}


def _operation(name: str, parameters: list[dict[str, Any]], body: str = "") -> dict[str, Any]:
    said: dict[str, Any] = {"operationId": name.replace(" ", "_"), "parameters": parameters, "responses": _ANSWERS}
    if body:
        schema = {
            "type": "object",
            "required": ["resourceType"],
            "properties": {"resourceType": {"type": "string", "enum": [body]}},
        }
        said["requestBody"] = {"required": True, "content": {_JSON: {"schema": schema}}}
    return said


def _parameter(one: dict[str, Any]) -> dict[str, Any]:
    return _plain(one["name"], _FORMATS.get(one["type"], {"type": "string"}))


def _plain(name: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema or {"type": "string"}}


def _header(name: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "schema": {"type": "string"}}

/* Reads of a PTX text what the driver would refuse it for, and the parameters of its entries. */
#include "double.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

/* The newest PTX of a driver, times ten: CUDA 11.x knows 7.x, 12.x knows 8.x up to 8.8, 13.x knows 9.x. */
int newest_ptx(int driver_version) {
  int major = driver_version / 1000, minor = driver_version % 1000 / 10;
  return (major - 4) * 10 + std::min(minor, 8);
}

/* Bytes of one declaration such as ".param .align 8 .b8 name[24]". */
int parameter_bytes(const std::string &declaration) {
  int element = 0;
  for (const char *type : {".b", ".u", ".s", ".f"}) {
    size_t at = declaration.find(type, strlen(".param"));
    if (at != std::string::npos && isdigit(static_cast<unsigned char>(declaration[at + 2]))) {
      element = atoi(declaration.c_str() + at + 2) / 8;
    }
  }
  size_t bracket = declaration.find('[');
  return bracket == std::string::npos ? element : element * atoi(declaration.c_str() + bracket + 1);
}

std::vector<int> parameters(const std::string &list) {
  std::vector<int> sizes;
  for (size_t at = list.find(".param"); at != std::string::npos; at = list.find(".param", at + 1)) {
    sizes.push_back(parameter_bytes(list.substr(at, list.find_first_of(",)", at) - at)));
  }
  return sizes;
}

} // namespace

CUresult parse_ptx(const char *text, const Settings &settings, std::map<std::string, std::vector<int>> &entries) {
  const char *version = strstr(text, ".version");
  const char *target = strstr(text, ".target sm_");
  int major = 0, minor = 0;
  if (!version || !target || sscanf(version, ".version %d.%d", &major, &minor) != 2) {
    return refuse("cuModuleLoadDataEx", "this is no PTX text", CUDA_ERROR_INVALID_IMAGE);
  }
  if (major * 10 + minor > newest_ptx(settings.driver)) {
    return CUDA_ERROR_UNSUPPORTED_PTX_VERSION;
  }
  if (atoi(target + strlen(".target sm_")) > settings.major * 10 + settings.minor) {
    return CUDA_ERROR_NO_BINARY_FOR_GPU;
  }
  const std::string ptx = text;
  const std::string entry = ".entry ";
  for (size_t at = ptx.find(entry); at != std::string::npos; at = ptx.find(entry, at + 1)) {
    size_t name = at + entry.size();
    size_t list = ptx.find('(', name);
    size_t end = ptx.find_first_of(" \t\n(", name);
    entries[ptx.substr(name, end - name)] = parameters(ptx.substr(list, ptx.find(')', list) + 1 - list));
  }
  return CUDA_SUCCESS;
}

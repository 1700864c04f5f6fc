/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading by inih, line by line, so that an error can say where it is. */
#include "daemon/config.h"

#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/sysinfo.h>
#include <syslog.h>

/* A namespace with nothing in it takes 40 KiB. */
#define STATE_SIZE_MIN (UINT64_C(1) << 20)

struct reading {
	struct config *config;
	FILE *file;
	int line, error_line;
	const char *bad_line; /* what is wrong with the line @line itself, where reading ended */
	char message[200];
};

static uint64_t percent_of_memory(unsigned long percent)
{
	struct sysinfo info;

	return sysinfo(&info) < 0 ? STATE_SIZE_MIN
				  : (uint64_t)info.totalram * info.mem_unit / 100 * percent;
}

void config_default(struct config *c)
{
	const char *runtime = getenv("RUNTIME_DIRECTORY");

	memset(c, 0, sizeof(*c));
	snprintf(c->runtime_dir, sizeof(c->runtime_dir), "%s",
		 runtime && runtime[0] == '/' ? runtime : CONFIG_RUNTIME_DIR);
	c->max_namespaces = 4096;
	c->state_size = percent_of_memory(25);
	c->log_level = LOG_INFO;
}

static bool below(char out[PATH_MAX], const char *variable, const char *rest)
{
	const char *dir = getenv(variable);
	bool fits = dir && dir[0] == '/' && snprintf(out, PATH_MAX, "%s/%s", dir, rest) < PATH_MAX;

	if (!fits)
		out[0] = 0;
	return fits;
}

void config_user_paths(struct user_paths *p)
{
	if (!below(p->config, "XDG_CONFIG_HOME", "ipcnsd/ipcnsd.conf"))
		(void)below(p->config, "HOME", ".config/ipcnsd/ipcnsd.conf");
	(void)below(p->runtime_dir, "XDG_RUNTIME_DIR", "ipcnsd");
}

/* inih takes any section that has no keys, and whatever follows the name of one. */
static const char *check_section(const char *line)
{
	static const char *const known[] = {"Service", "Limits", "Quotas"};
	const char *end = strchr(line, ']');

	if (!end)
		return NULL; /* which inih says itself */
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t len = strlen(known[i]);

		if (len != (size_t)(end - line) - 1 || strncmp(line + 1, known[i], len) != 0)
			continue;
		end += 1 + strspn(end + 1, " \t\r\n");
		return *end && *end != ';' && *end != '#' ? "something follows the section's name"
							  : NULL;
	}
	return "unknown section; there are [Service], [Limits] and [Quotas]";
}

/* What inih would let pass. An indented line is a second value of the key above to it. */
static const char *check_line(const char *line, bool first)
{
	const char *text;

	if (first && strncmp(line, "\xef\xbb\xbf", 3) == 0)
		line += 3;
	text = line + strspn(line, " \t\r\n\v\f");
	if (!*text || *text == ';' || *text == '#')
		return NULL;
	if (text > line)
		return "the line is indented; each begins with [Section] or NAME=VALUE";
	return *line == '[' ? check_section(line) : NULL;
}

/* fgets() for inih, which passes on pieces of a line that is too long for its buffer as lines. */
static char *next_line(char *buf, int size, void *stream)
{
	struct reading *r = stream;
	char *got = fgets(buf, size, r->file);

	if (!got)
		return NULL;
	r->line++;
	size_t len = strlen(buf);

	if (len + 1 == (size_t)size && buf[len - 1] != '\n' && !feof(r->file))
		r->bad_line = "the line is too long";
	else
		r->bad_line = check_line(buf, r->line == 1);
	return r->bad_line ? NULL : got;
}

static int complain(struct reading *r, const char *what, const char *name)
{
	if (!r->error_line) {
		r->error_line = r->line;
		snprintf(r->message, sizeof(r->message), "%s '%.100s'", what, name);
	}
	return 0;
}

static int put_setting(struct reading *r, const char *name, const char *value)
{
	int id = settings_find(name);
	uint64_t n, min, max;

	if (id < 0)
		return complain(r, "there is no limit or quota", name);
	if (settings_left_out(id))
		return complain(r, "of a family that is left out of this build:", name);
	if (settings_parse(id, value, &n) < 0)
		return complain(r, "not a number (decimal, K, M, G, T; for a quota also unlimited)",
				value);
	if (settings_put(&r->config->defaults, id, n) == 0)
		return 1;
	settings_range(id, &min, &max);
	complain(r, "out of range:", value);
	size_t len = strlen(r->message);

	snprintf(r->message + len, sizeof(r->message) - len, " (%s is %llu to %llu)", name,
		 (unsigned long long)min, (unsigned long long)max);
	return 0;
}

static int put_level(struct reading *r, const char *value)
{
	static const struct {
		const char *name;
		int level;
	} levels[] = {{"err", LOG_ERR},
		      {"warning", LOG_WARNING},
		      {"notice", LOG_NOTICE},
		      {"info", LOG_INFO},
		      {"debug", LOG_DEBUG}};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcasecmp(levels[i].name, value) != 0)
			continue;
		r->config->log_level = levels[i].level;
		return 1;
	}
	return complain(r, "not err, warning, notice, info or debug:", value);
}

static int put_state_size(struct reading *r, const char *value)
{
	char *end;
	unsigned long percent = strtoul(value, &end, 10);
	uint64_t size = 0;

	if (value[0] >= '0' && value[0] <= '9' && strcmp(end, "%") == 0) {
		if (percent >= 1 && percent <= 100)
			size = percent_of_memory(percent);
	} else if (settings_parse(SETTING_MSGMAX, value, &size) < 0) {
		size = 0;
	}
	if (size < STATE_SIZE_MIN)
		return complain(r, "StateSize is 1% to 100% of memory, or at least 1M, not", value);
	r->config->state_size = size;
	return 1;
}

static int put_service(struct reading *r, const char *name, const char *value)
{
	char *end;

	if (strcmp(name, "LogLevel") == 0)
		return put_level(r, value);
	if (strcmp(name, "RuntimeDirectory") == 0) {
		if (value[0] != '/' || strlen(value) >= sizeof(r->config->runtime_dir))
			return complain(r, "not an absolute path:", value);
		snprintf(r->config->runtime_dir, sizeof(r->config->runtime_dir), "%s", value);
		return 1;
	}
	if (strcmp(name, "MaxNamespaces") == 0) {
		unsigned long n = strtoul(value, &end, 10);

		if (value[0] < '0' || value[0] > '9' || *end || n < 1 || n > 65536)
			return complain(r, "MaxNamespaces is a number from 1 to 65536, not", value);
		r->config->max_namespaces = (unsigned)n;
		return 1;
	}
	if (strcmp(name, "StateSize") == 0)
		return put_state_size(r, value);
	return complain(r, "unknown key in [Service]:", name);
}

static int on_value(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;
	char quota[64];

	if (strcmp(section, "Service") == 0)
		return put_service(r, name, value);
	if (strcmp(section, "Limits") == 0 && strncmp(name, "quota_", 6) != 0)
		return put_setting(r, name, value);
	if (strcmp(section, "Quotas") == 0) {
		snprintf(quota, sizeof(quota), "quota_%.50s", name);
		return put_setting(r, quota, value);
	}
	return strcmp(section, "Limits") == 0 ? complain(r, "a quota belongs in [Quotas]:", name)
					      : complain(r, "there is no [Section] before", name);
}

static int load_file(struct config *c, const char *path, char *error, size_t size)
{
	struct reading r = {.config = c, .file = fopen(path, "re")};

	if (!r.file) {
		int err = errno;

		snprintf(error, size, "%s: %s", path, strerror(err));
		return -err;
	}
	int line = ini_parse_stream(next_line, &r, on_value, &r);
	bool failed = ferror(r.file);

	fclose(r.file);
	if (failed || line < 0) {
		snprintf(error, size, "%s: cannot be read", path);
		return -EIO;
	}
	if (r.bad_line && (line == 0 || line >= r.line)) {
		snprintf(error, size, "%s:%d: %s", path, r.line, r.bad_line);
		return -EINVAL;
	}
	if (line == 0)
		return 0;
	snprintf(error, size, "%s:%d: %s", path, line,
		 r.error_line == line ? r.message : "neither [Section] nor NAME=VALUE");
	return -EINVAL;
}

static int is_conf(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return d->d_name[0] != '.' && len > 5 && strcmp(d->d_name + len - 5, ".conf") == 0;
}

static int load_dropins(struct config *c, const char *path, char *error, size_t size)
{
	char file[PATH_MAX];
	struct dirent **list;
	int r = 0, n;

	if (snprintf(file, sizeof(file), "%s.d", path) >= (int)sizeof(file))
		return 0;
	n = scandir(file, &list, is_conf, alphasort);
	if (n < 0)
		return 0; /* there is no such directory */
	for (int i = 0; i < n; i++) {
		if (r == 0 && snprintf(file, sizeof(file), "%s.d/%s", path, list[i]->d_name) <
				      (int)sizeof(file))
			r = load_file(c, file, error, size);
		free(list[i]);
	}
	free(list);
	return r;
}

static int load_all(struct config *c, const char *path, bool required, char *error, size_t size)
{
	if (!path[0] && !required)
		return 0;
	int r = load_file(c, path, error, size);

	if (r < 0 && (r != -ENOENT || required))
		return r;
	return load_dropins(c, path, error, size);
}

void config_set_state_size(struct config *c, uint64_t bytes)
{
	c->state_size = bytes;
	if (!c->own_quota_state)
		(void)settings_put(&c->defaults, SETTING_QUOTA_STATE, bytes / 8);
}

int config_load(struct config *c, const char *path, bool required, char *error, size_t size)
{
	config_default(c);
	int r = load_all(c, path, required, error, size);

	c->own_quota_state = c->defaults.there[SETTING_QUOTA_STATE];
	config_set_state_size(c, c->state_size);
	return r;
}

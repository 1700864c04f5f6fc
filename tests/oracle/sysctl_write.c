/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the IPC sysctls take: every spelling of a number that the kernel knows, the edges of every
 * range, and what is no number. What is refused leaves the old value, but for "sem", of which the
 * numbers before the refused one have been stored.
 */
#include "sysctl_util.h"

static const char *const values[] = {
	"5",
	"5\n",
	" 7 \n",
	"\t\v\f\r 8",
	"0",
	"1",
	"2",
	"127",
	"128",
	"32767",
	"32768",
	"32769",
	"65535",
	"65536",
	"65537",
	"16777216",
	"16777217",
	"2147483647",
	"2147483648",
	"4294967295",
	"4294967296",
	"-1",
	"-0",
	"-",
	"- 1",
	"--1",
	"-2147483648",
	"-2147483649",
	"+5",
	"",
	"\n",
	"   ",
	"x",
	"5x",
	"x5",
	"5 x",
	"5 6",
	"5,6",
	"5.",
	"5\v",
	"0x10",
	"0X1F",
	"0x",
	"0xg",
	"0x10g",
	"-0x10",
	"010",
	"08",
	"018",
	"00",
	"0b1",
	"1e3",
	"000000000000000000128",
	"00000000000000000000200",
	"18446744073709551615",
	"18446744073709551616",
	"99999999999999999999999",
	"\xa0\x39",
	"5\xa0",
};

static void one_value(const char *name, const char *old)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		sysctl_set(name, values[i]);
	sysctl_put(name, "5\0", 2);
	sysctl_put(name,
		   "5\0"
		   "6",
		   3);
	sysctl_put(name, "\0", 1);
	sysctl_set(name, old);
}

static void sem(void)
{
	static const char *const four[] = {
		"1 2 3 4",
		"5",
		"6 7",
		"8 9 10",
		"11 12 13 14 15",
		"16 17 18 14 x",
		"19\t20\n21 22\n",
		"1,2,3,4",
		"x 1 2 3",
		"23 x 1 2",
		"24 25 x 2",
		"26 27 28 x",
		"1 2 3 -1",
		"1 2 3 32768",
		"4 5 6 32769",
		"7 8 9 2147483648",
		"-1 -2 -3 4",
		"0 0 0 0",
		"0x10 010 10 0xa",
		"1 2 2147483648 4",
		"2147483647 -2147483648 0 1",
		"  ",
		"32000 1024000000 500 32000",
	};

	for (size_t i = 0; i < sizeof(four) / sizeof(four[0]); i++)
		sysctl_set("kernel/sem", four[i]);
}

void scenario(void)
{
	char old[256];

	for (size_t i = 0; i < SYSCTLS; i++) {
		sysctl_text(sysctl_names[i], old, sizeof(old));
		one_value(sysctl_names[i], old);
	}
	sem();
	for (size_t i = 0; i < SYSCTLS; i++)
		sysctl_show(sysctl_names[i]);
}

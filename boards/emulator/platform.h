/* What XS asks of a platform (its sources include this file by XSPLATFORM): newlib, one thread, a heap that never grows. */
#ifndef EMULATOR_PLATFORM_H
#define EMULATOR_PLATFORM_H

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define C_PATH_MAX 64
#define XS_FUNCTION_NORETURN __attribute__((noreturn))

#define mxMachinePlatform
#define mxUseDefaultCStackLimit 0

#define mxUseDefaultMachinePlatform 1
#define mxUseDefaultBuildKeys 1
#define mxUseDefaultFindModule 1
#define mxUseDefaultLoadModule 1
#define mxUseDefaultParseScript 1
#define mxUseDefaultSharedChunks 1

#endif

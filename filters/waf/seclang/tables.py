"""The words of SecLang: every name that the manuals of ModSecurity 2 and 3 know, and what becomes of it here.

The numbers are those of the blob; the guest (filters/guests/waf) has the same. docs/waf.md shows these tables.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from filters.waf.seclang.vocabulary import (
    ActionWord,
    Argument,
    CollectionWord,
    DirectiveWord,
    OperatorWord,
    Support,
    Word,
    like,
    table,
)


def _names(text: str) -> list[str]:
    return text.split()


_TRANSFORMATIONS: Final = _names(
    """
    lowercase uppercase urlDecode urlDecodeUni htmlEntityDecode jsDecode cssDecode escapeSeqDecode cmdLine normalisePath
    normalisePathWin removeNulls replaceNulls removeWhitespace compressWhitespace removeComments replaceComments
    removeCommentsChar utf8toUnicode base64Decode base64DecodeExt base64Encode hexDecode hexEncode sqlHexDecode trim
    trimLeft trimRight length md5 sha1 urlEncode"""
)

TRANSFORMATIONS: Final = table(
    [Word(name, number=number) for number, name in enumerate(_TRANSFORMATIONS)],
    [
        Word("normalizePath", number=_TRANSFORMATIONS.index("normalisePath")),
        Word("normalizePathWin", number=_TRANSFORMATIONS.index("normalisePathWin")),
        Word("none"),
    ],
    like("parityEven7bit parityOdd7bit parityZero7bit", Word("", Support.NO)),
)

_OPERATORS: Final = _names(
    """
    unconditionalMatch rx pm within streq contains beginsWith endsWith eq ge gt le lt ipMatch detectSQLi detectXSS
    validateByteRange validateUrlEncoding validateUtf8Encoding noMatch strmatch containsWord verifyCC rxGlobal"""
)
_WITHOUT_ARGUMENT: Final = frozenset(
    _names("unconditionalMatch detectSQLi detectXSS validateUrlEncoding validateUtf8Encoding noMatch")
)

OPERATORS: Final = table(
    [
        OperatorWord(name, number=number, argument=name not in _WITHOUT_ARGUMENT)
        for number, name in enumerate(_OPERATORS)
    ],
    [
        OperatorWord(name, number=_OPERATORS.index(same), from_file=True)
        for name, same in (("pmFromFile", "pm"), ("pmf", "pm"), ("ipMatchFromFile", "ipMatch"), ("ipMatchF", "ipMatch"))
    ],
    [OperatorWord("geoLookup", Support.NO, argument=False)],
    like(
        """fuzzyHash gsbLookup inspectFile rbl rsub validateDTD validateHash validateSchema verifyCPF verifySSN
        verifySVNR""",
        OperatorWord("", Support.NO),
    ),
)

_COLLECTIONS: Final = _names(
    """
    ARGS ARGS_NAMES ARGS_GET ARGS_GET_NAMES ARGS_POST ARGS_POST_NAMES ARGS_COMBINED_SIZE REQUEST_COOKIES
    REQUEST_COOKIES_NAMES REQUEST_HEADERS REQUEST_HEADERS_NAMES REQUEST_METHOD REQUEST_PROTOCOL REQUEST_LINE REQUEST_URI
    REQUEST_URI_RAW REQUEST_BASENAME REQUEST_FILENAME QUERY_STRING REQUEST_BODY REQUEST_BODY_LENGTH REQBODY_PROCESSOR
    REQBODY_ERROR REQBODY_ERROR_MSG FILES FILES_NAMES FILES_COMBINED_SIZE FILES_SIZES MULTIPART_PART_HEADERS
    MULTIPART_STRICT_ERROR MULTIPART_UNMATCHED_BOUNDARY MULTIPART_FLAG XML REMOTE_ADDR REMOTE_PORT SERVER_ADDR
    SERVER_NAME RESPONSE_STATUS RESPONSE_HEADERS RESPONSE_HEADERS_NAMES RESPONSE_BODY RESPONSE_CONTENT_TYPE
    RESPONSE_CONTENT_LENGTH RESPONSE_PROTOCOL TX MATCHED_VAR MATCHED_VAR_NAME MATCHED_VARS MATCHED_VARS_NAMES UNIQUE_ID
    RULE IP GLOBAL SESSION USER RESOURCE GEO ENV TIME DURATION HIGHEST_SEVERITY AUTH_TYPE REMOTE_USER MULTIPART_NAME
    MULTIPART_FILENAME REQUEST_BODY_ERROR INBOUND_DATA_ERROR OUTBOUND_DATA_ERROR FULL_REQUEST
    FULL_REQUEST_LENGTH"""
)
_WITH_MEMBERS: Final = frozenset(
    _names("""ARGS ARGS_NAMES ARGS_GET ARGS_GET_NAMES ARGS_POST ARGS_POST_NAMES REQUEST_COOKIES REQUEST_COOKIES_NAMES
    REQUEST_HEADERS REQUEST_HEADERS_NAMES FILES FILES_NAMES FILES_SIZES MULTIPART_PART_HEADERS XML RESPONSE_HEADERS
    RESPONSE_HEADERS_NAMES TX MATCHED_VARS MATCHED_VARS_NAMES RULE IP GLOBAL SESSION USER RESOURCE GEO ENV
    MULTIPART_NAME MULTIPART_FILENAME""")
)
_ALWAYS_EMPTY: Final = frozenset(_names("IP GLOBAL SESSION USER RESOURCE GEO ENV DURATION"))
_MULTIPART_FLAGS: Final = _names(
    """
    BOUNDARY_QUOTED BOUNDARY_WHITESPACE CRLF_LF_LINES DATA_AFTER DATA_BEFORE FILE_LIMIT_EXCEEDED HEADER_FOLDING
    INVALID_HEADER_FOLDING INVALID_PART INVALID_QUOTING LF_LINE MISSING_SEMICOLON"""
)
_TIMES: Final = _names("DAY EPOCH HOUR MIN MON SEC WDAY YEAR")


def _collection(name: str) -> CollectionWord:
    support = Support.EMPTY if name in _ALWAYS_EMPTY else Support.YES
    return CollectionWord(name, support, _COLLECTIONS.index(name), name in _WITH_MEMBERS)


def _flag(name: str, collection: str, flag: str) -> CollectionWord:
    return CollectionWord(name, number=_COLLECTIONS.index(collection), flag=flag)


COLLECTIONS: Final = table(
    # MULTIPART_FLAG is the blob's word for the flags below, not one of SecLang's.
    [_collection(name) for name in _COLLECTIONS if name != "MULTIPART_FLAG"],
    [_flag(f"MULTIPART_{flag}", "MULTIPART_FLAG", flag) for flag in _MULTIPART_FLAGS],
    [_flag("MULTIPART_SEMICOLON_MISSING", "MULTIPART_FLAG", "MISSING_SEMICOLON")],
    [_flag(f"TIME_{time}", "TIME", time) for time in _TIMES],
    [
        replace(_collection("REQBODY_ERROR"), name="REQBODY_PROCESSOR_ERROR"),
        replace(_collection("REQBODY_ERROR_MSG"), name="REQBODY_PROCESSOR_ERROR_MSG"),
    ],
    like("FILES_TMPNAMES FILES_TMP_CONTENT", CollectionWord("", Support.NO, members=True)),
    like(
        """MODSEC_BUILD MSC_PCRE_ERROR MSC_PCRE_LIMITS_EXCEEDED PATH_INFO PERF_ALL PERF_COMBINED PERF_GC PERF_LOGGING
        PERF_PHASE1 PERF_PHASE2 PERF_PHASE3 PERF_PHASE4 PERF_PHASE5 PERF_RULES PERF_SREAD PERF_SWRITE REMOTE_HOST
        SCRIPT_BASENAME SCRIPT_FILENAME SCRIPT_GID SCRIPT_GROUPNAME SCRIPT_MODE SCRIPT_UID SCRIPT_USERNAME
        SDBM_DELETE_ERROR SERVER_PORT SESSIONID STATUS STATUS_LINE STREAM_INPUT_BODY STREAM_OUTPUT_BODY URLENCODED_ERROR
        USERAGENT_IP USERID WEBAPPID WEBSERVER_ERROR_LOG""",
        CollectionWord("", Support.NO),
    ),
)

ACTIONS: Final = table(
    like("block deny drop pass", ActionWord("", disruptive=True)),
    [
        ActionWord("allow", argument=Argument.MAY, disruptive=True),
        ActionWord("redirect", argument=Argument.MUST, disruptive=True),
        ActionWord("proxy", Support.NO, argument=Argument.MUST, disruptive=True),
    ],
    like("auditlog capture chain log multiMatch noauditlog nolog", ActionWord("")),
    like(
        "ctl id logdata msg phase rev setvar severity skip skipAfter status t tag ver",
        ActionWord("", argument=Argument.MUST),
    ),
    like(
        """accuracy deprecatevar expirevar initcol maturity sanitiseArg sanitiseRequestHeader sanitiseResponseHeader
        sanitizeArg sanitizeRequestHeader sanitizeResponseHeader setenv setrsc setsid setuid xmlns""",
        ActionWord("", Support.NO_EFFECT, argument=Argument.MUST),
    ),
    like(
        "sanitiseMatched sanitiseMatchedBytes sanitizeMatched sanitizeMatchedBytes",
        ActionWord("", Support.NO_EFFECT, argument=Argument.MAY),
    ),
    like("append exec pause prepend", ActionWord("", Support.NO, argument=Argument.MUST)),
)

_CTLS: Final = _names(
    """
    ruleRemoveById ruleRemoveTargetById ruleEngine requestBodyProcessor forceRequestBodyVariable requestBodyAccess
    responseBodyAccess"""
)

CTLS: Final = table(
    [Word(name, number=number) for number, name in enumerate(_CTLS)],
    [
        Word(f"{name}By{key}", number=_CTLS.index(f"{name}ById"))
        for name in ("ruleRemove", "ruleRemoveTarget")
        for key in ("Tag", "Msg")
    ],
    like("auditEngine auditLogParts debugLogLevel", Word("", Support.NO_EFFECT)),
    like(
        """hashEnforcement hashEngine parseXmlIntoArgs requestBodyLimit responseBodyLimit ruleUpdateTargetById
        ruleUpdateTargetByTag""",
        Word("", Support.NO),
    ),
)
"""What `ctl:` can change. By tag or message is by id: the compiler knows which rules are meant."""

DIRECTIVES: Final = table(
    [
        DirectiveWord("SecRule", least=2, most=3),
        DirectiveWord("SecResponseBodyMimeTypesClear", least=0, most=0),
    ],
    like(
        """Include IncludeOptional SecAction SecArgumentsLimit SecComponentSignature SecDefaultAction SecMarker
        SecRequestBodyAccess SecRequestBodyJsonDepthLimit SecRequestBodyLimit SecRequestBodyLimitAction
        SecRequestBodyNoFilesLimit SecResponseBodyAccess SecResponseBodyLimit SecResponseBodyLimitAction
        SecRuleEngine""",
        DirectiveWord(""),
    ),
    like(
        "SecResponseBodyMimeType SecRuleRemoveById SecRuleRemoveByMsg SecRuleRemoveByTag", DirectiveWord("", most=None)
    ),
    like("SecRuleUpdateActionById", DirectiveWord("", least=2, most=2)),
    like(
        "SecRuleUpdateTargetById SecRuleUpdateTargetByMsg SecRuleUpdateTargetByTag", DirectiveWord("", least=2, most=3)
    ),
    like(
        """SecArgumentSeparator SecAuditEngine SecAuditLog SecAuditLog2 SecAuditLogDirMode SecAuditLogFileMode
        SecAuditLogFormat SecAuditLogParts SecAuditLogRelevantStatus SecAuditLogStorageDir SecAuditLogType SecChrootDir
        SecCollectionTimeout SecCookieFormat SecCookieV0Separator SecDataDir SecDebugLog SecDebugLogLevel
        SecDisableBackendCompression SecInterceptOnError SecPcreMatchLimit SecPcreMatchLimitRecursion
        SecRequestBodyInMemoryLimit SecRulePerfTime SecSensorId SecServerSignature SecStatusEngine SecTmpDir
        SecTmpSaveUploadedFiles SecUploadDir SecUploadFileLimit SecUploadFileMode SecUploadKeepFiles SecWebAppId
        SecXmlExternalEntity""",
        DirectiveWord("", Support.NO_EFFECT),
    ),
    like("SecCacheTransformations SecUnicodeMapFile", DirectiveWord("", Support.NO_EFFECT, most=2)),
    like(
        """SecConnEngine SecConnReadStateLimit SecConnWriteStateLimit SecContentInjection SecGeoLookupDb SecGsbLookupDb
        SecGuardianLog SecHashEngine SecHashKey SecHashMethodPm SecHashMethodRx SecHashParam SecHttpBlKey
        SecParseXmlIntoArgs SecReadStateLimit SecRemoteRules SecRemoteRulesFailAction SecRuleInheritance SecRuleScript
        SecStreamInBodyInspection SecStreamOutBodyInspection SecUnicodeCodePage SecWriteStateLimit""",
        DirectiveWord("", Support.NO, least=0, most=None),
    ),
)

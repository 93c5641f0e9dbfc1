"""What is said of item files: why one is refused, what is wrong with a row and what to do about it, and what fields are called."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from carbonlearn.web import messages

messages.register(
    {
        "IMPORT_NOT_FOUND": _l("没有找到这次导入。"),
        "IMPORT_WAITING": _l(
            "您还有 %(most)s 个文件没处理完。先导入或放弃其中一个；正在读的，等它读完再上传。"
        ),
        "IMPORT_NOT_PREVIEWED": _l("这个文件现在不能这样处理：它正在读，或者已经处理过了。"),
        "IMPORT_HAS_FAULTS": _l("还有 %(count)s 行有错，一行也没有导入。改好文件再上传一次。"),
        "IMPORT_NOTHING_NEW": _l("这个文件里没有新题，也没有改动，不用导入。"),
        "IMPORT_NOT_APPLIED": _l("这个文件没有导入，或者已经撤销，没有可撤销的。"),
        "IMPORT_TOO_OLD": _l("导入已过三个月，不能整批撤销。要改哪道题，请打开它修改。"),
        "IMPORT_NOT_YOURS": _l("只有上传的人、点导入的人和主考可以放弃或撤销。"),
        "IMPORT_REVIEWED_SINCE": _l("有人审过、改过或用了其中的题，不能整批撤销。要改哪道题，请打开它修改。"),
        # of the file
        "IMPORT_EMPTY": _l("文件是空的。请选有内容的文件。"),
        "IMPORT_TOO_LARGE": _l("文件太大，没有收下：最多 %(limit)s MB。请分成几个文件。"),
        "IMPORT_KIND_UNKNOWN": _l(
            "认不出这是什么题库文件（%(kind)s）。收 Excel（.xlsx）、Word（.docx）、GIFT、Moodle XML 和 QTI 2.1、3.0 题包。"
        ),
        "IMPORT_OLD_OFFICE": _l(
            "这是旧版 Office 文件，或者加了密码。请在 Excel 或 Word 里另存为 .xlsx 或 .docx，不加密码。"
        ),
        "IMPORT_MACRO": _l("文件里有宏，没有打开。请另存为不带宏的 .xlsx 或 .docx。"),
        "IMPORT_LOCKED": _l("文件加了密码，打不开。请去掉密码再传。"),
        "IMPORT_BROKEN_ARCHIVE": _l("文件损坏了，读不完整。请重新导出或另存一份。"),
        "IMPORT_DAMAGED": _l("读这个文件时出了错，没有读完。请另存一份再传；还不行，请把文件交给管理员。"),
        "IMPORT_NOT_TAKEN": _l(
            "导入这个文件时出了错，一行也没有导入。请再上传一次；还不行，请把文件交给管理员。"
        ),
        "IMPORT_BOMB": _l("文件解压后大得不正常，没有打开。"),
        "IMPORT_TOO_MANY_PARTS": _l("文件里的部分太多，最多 %(most)s 个。请分成几个文件。"),
        "IMPORT_UNSAFE_PATH": _l("压缩包里有指向包外的文件名（%(name)s），没有打开。"),
        "IMPORT_PART_TOO_LARGE": _l("文件里有一部分太大（%(name)s，最多 %(limit)s MB）。"),
        "IMPORT_TOO_HEAVY": _l("读这个文件要用太多内存，没有读完。请分成几个文件，或去掉大图片。"),
        "IMPORT_TOO_SLOW": _l("读这个文件超过了 %(seconds)s 秒，没有读完。请分成几个文件。"),
        "IMPORT_TOO_MANY_ROWS": _l("一个文件最多 %(most)s 题。请分成几个文件。"),
        "IMPORT_XML_DOCTYPE": _l("文件里有文档类型或实体声明，可能有害，没有读。请用题库软件重新导出。"),
        "IMPORT_XML_BROKEN": _l("XML 写得不对，在 %(where)s（行:列）读不下去。"),
        "IMPORT_ENCODING": _l("文字编码认不出来。请存成 UTF-8；GBK（GB 18030）也收。"),
        "IMPORT_NO_MANIFEST": _l("题包里没有 imsmanifest.xml。"),
        "IMPORT_NO_ITEMS": _l("文件里没有找到试题。请照模板的格式写。"),
        "IMPORT_NO_ITEM_SHEET": _l(
            "没有一张表像试题表：前 10 行里要有“题干”这个表头。这个文件里的表：%(sheets)s。"
        ),
        # of a row
        "IMPORT_FORMULA": _l("%(cells)s 是公式，读不出您要写什么。请换成文字。"),
        "IMPORT_MERGED": _l("合并单元格 %(cells)s 说不清哪一行是什么。请取消合并，每行写全。"),
        "IMPORT_TYPE_UNKNOWN": _l("没有“%(said)s”这种题型。写单选题、判断题、多选题或简答题。"),
        "IMPORT_TYPE_NOT_OURS": _l(
            "这里没有这种题（%(said)s）。改成单选、判断、多选或简答，或从文件里删掉。"
        ),
        "IMPORT_POOL_UNKNOWN": _l("没有“%(said)s”这个题库。写考试题、模拟题或练习题。"),
        "IMPORT_POOL_NEEDED": _l("没写是考试题、模拟题还是练习题。写在文件里，或上传时选。"),
        "IMPORT_TRACK_UNKNOWN": _l("没有“%(said)s”这个工种等级。照模板写，例如 accounting/4。"),
        "IMPORT_TRACK_NEEDED": _l("没写工种和等级。写在文件里，或上传时选。"),
        "IMPORT_FUNCTION_UNKNOWN": _l("没有“%(said)s”这项职业功能。照模板的下拉选。"),
        "IMPORT_FUNCTION_NEEDED": _l("没写职业功能。写在文件里，或上传时选。"),
        "IMPORT_POINT_UNKNOWN": _l("这个工种等级没有这些能力点：%(said)s。"),
        "IMPORT_DIFFICULTY_UNKNOWN": _l("难度写的是“%(said)s”，要写 1 到 5。"),
        "IMPORT_DAY_UNKNOWN": _l("复核期限写的是“%(said)s”，要写成 2027-06-30 这样。"),
        "IMPORT_KEY_UNKNOWN": _l("答案写的是“%(said)s”，要写选项的字母，例如 B 或 ABD。"),
        "IMPORT_TRUTH_UNKNOWN": _l("答案写的是“%(said)s”，判断题要写正确或错误。"),
        "IMPORT_RUBRIC_LINE": _l("得分点“%(said)s”没有分值。写成“（1 分）内容”。"),
        "IMPORT_CASE_UNKNOWN": _l("没有案例 %(said)s。把它写进文件，或先在题库里建。"),
        "IMPORT_CASE_LENGTH": _l("案例 %(said)s 要有 40 到 4000 个字。"),
        "IMPORT_CASE_FAULTY": _l("案例 %(said)s 有错，先改好案例。"),
        "IMPORT_CASE_TWICE": _l("和 %(place)s 的案例编号一样，内容却不同。每个案例的编号要不同。"),
        "IMPORT_CASE_ELSEWHERE": _l(
            "案例 %(said)s 属于 %(place)s，这道题不在那里。考试、模拟、练习的案例不能混用。"
        ),
        "IMPORT_CASE_UNPLACED": _l(
            "没有题用到案例 %(said)s，不知道它放在哪里。请删掉，或者上传时选题库和工种等级。"
        ),
        "IMPORT_STALE": _l(
            "文件是照第 %(said)s 版写的，题库里已经是第 %(number)s 版。请重新导出，在新的上面改。"
        ),
        "IMPORT_CHANGES": _l("改了：%(fields)s。"),
        "IMPORT_ID_FORM": _l("编号“%(said)s”不能用：不要有空格、引号和斜线，最多 64 个字。"),
        "IMPORT_ID_ORDINAL": _l(
            "“%(said)s”只是序号，别的文件里也会有，不能当编号。请删掉，或者写一个只属于这道题的编号。"
        ),
        "IMPORT_ASKED_TWICE": _l("和 %(place)s 是同一道题。删掉一处；真要两道，请给它们各写一个编号。"),
        "IMPORT_ID_TWICE": _l("编号和 %(place)s 的一样。每道题的编号要不同。"),
        "IMPORT_OTHER_PLACE": _l("题库里已有这个编号，在 %(place)s。导入不能把题搬到别处，请换一个编号。"),
        "IMPORT_RETIRED": _l("这道题已停用。要改，请先在题库里恢复使用。"),
        "IMPORT_PICTURE": _l("找不到图片 %(name)s，或者它太大、不是能用的图片（JPEG、PNG、WebP）。"),
        "IMPORT_PART_MISSING": _l("题包里没有 %(name)s 这个文件。"),
        "IMPORT_NO_BODY": _l("这个文件里没有题干。"),
        "IMPORT_TOO_LONG": _l("太长了，最多 %(most)s 个字。"),
        "IMPORT_CLEANED": _l("去掉了里面的网页代码或外部链接，请看看文字对不对。"),
        "IMPORT_LOST": _l(
            "这里有公式、图形或外部图片读不出来（写成 □ 的地方）。公式请写成 $E=mc^2$ 这样，图请放进文件里。"
        ),
        "IMPORT_TWIN": _l("和 %(other)s 是同一道题。不想重复，就从文件里删掉。"),
        "IMPORT_LIKE": _l("和这些题很像：%(others)s。不想重复，就从文件里删掉。"),
        # of exports
        "EXPORT_NOT_FOUND": _l("没有找到这次导出。"),
        "EXPORT_FORMAT": _l("请选一种格式。"),
        "EXPORT_NOTHING": _l("这样筛选，一道题也没有，没有可导出的。"),
        "EXPORT_TOO_MANY": _l(
            "这样筛选有 %(count)s 题，这种格式一个文件最多 %(most)s 题。请分几次，或换一种格式。"
        ),
        "EXPORT_PRESENCE": _l("随堂核验题跟着课走，不在这里导出。"),
        "EXPORT_NOT_READY": _l("文件还没写好，或者已经过期。"),
    }
)

FORMAT_NAMES = {
    "xlsx": _l("Excel"), "docx": _l("Word"), "gift": _l("GIFT"), "moodle": _l("Moodle XML"), "qti21": _l("QTI 2.1 题包"),
    "qti30": _l("QTI 3.0 题包"), "qti": _l("QTI 题包"), "qti-item": _l("QTI 单题"), "text": _l("文本"),
}  # fmt: skip

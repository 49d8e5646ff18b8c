"""Why a whole workbook is not looked at."""

from backend.kernel.errors import ProductError


class NotAWorkbookError(ProductError):
    """Not an .xlsx file, or a broken or locked one."""

    status = 422
    code = "not_a_workbook"
    zh = "无法读取文件，请上传未加密的 .xlsx 文件。"
    en = "This file cannot be read; please send an .xlsx file without a password."


class WorkbookTooLargeError(ProductError):
    """More than anybody types; a sheet that was formatted to its last row is as large."""

    status = 422
    code = "workbook_too_large"
    zh = "文件过大：每个工作表最多 {most} 行。请删除多余的空行后重试。"
    en = "The file is too large: {most} rows in a sheet at most. Delete empty rows and try again."


class WorkbookTooWideError(ProductError):
    """A cell far to the right, mostly filled by mistake."""

    status = 422
    code = "workbook_too_wide"
    zh = "单元格 {cell} 有内容，但最多用到 {most} 列。请清除表格以外的内容后重试。"
    en = "Cell {cell} is filled, beyond column {most}. Clear what is outside the table and try again."


class SheetMissingError(ProductError):
    """None of our sheets is in it."""

    status = 422
    code = "sheet_missing"
    zh = "没有找到工作表：{known}。请使用模板。"
    en = "None of these sheets was found: {known}. Please use the template."


class HeaderWrongError(ProductError):
    """The first row is not that of the template."""

    status = 422
    code = "header_wrong"
    zh = "工作表“{sheet}”第一行应为：{wanted}；第 {place} 列是“{found}”。"
    en = "The first row of sheet “{sheet}” must be: {wanted}; column {place} is “{found}”."


class MergedCellsError(ProductError):
    """A merged cell has one value for many rows; which is meant cannot be known."""

    status = 422
    code = "merged_cells"
    zh = "工作表“{sheet}”有合并单元格（{cells}），请取消合并并逐行填写。"
    en = "Sheet “{sheet}” has merged cells ({cells}); please split them and fill each row."


class FormulasError(ProductError):
    """A formula's value may be old; what was checked might not be what is taken."""

    status = 422
    code = "formulas"
    zh = "工作表“{sheet}”的单元格 {cells} 含有公式，请粘贴为数值。"
    en = "Cells {cells} of sheet “{sheet}” hold formulas; please paste them as values."


class ImportHasErrorsError(ProductError):
    """Nothing is taken while a cell does not fit."""

    status = 422
    code = "import_has_errors"
    zh = "有 {count} 处错误，未导入任何内容。"
    en = "{count} cells do not fit; nothing was imported."


class ImportStaleError(ProductError):
    """Somebody changed the estate between the look and the confirmation."""

    status = 409
    code = "import_stale"
    zh = "检查之后数据已有变化，请重新检查后再确认。"
    en = "Something changed since this was checked; please check it again and confirm then."


class SignatureNeededError(ProductError):
    """Opening balances are money: two persons sign for their totals first."""

    status = 409
    code = "signature_needed"
    zh = "文件含期初余额，须先由两人签字确认合计，再在后台导入。"
    en = "The file has opening balances: two persons sign for their totals first, in the back office."


class TotalsDifferError(ProductError):
    """What was read off the old system's statement is not what the file comes to."""

    status = 422
    code = "totals_differ"
    zh = "合计不符：文件中 {accounts} 户，余额合计 {credit} 元，欠费合计 {debt} 元。请核对后重试，未导入任何内容。"
    en = "The totals differ: the file has {accounts} accounts, credit {credit}, debt {debt}. Nothing was imported."
